/**
 * The devices of a large population that do not run the protocol themselves: their sessions are played one by one, and
 * what they send is taken to be what those send that do run it, in the same time.
 *
 * Modelled: bytes and messages of a session per second, as the mean of the sampled devices present, seeds left out. Not modelled: the work
 * of these devices (who trains is drawn from the sample), their faults, and what their number would do to the sampled ones;
 * a peer hears as much of 1,000 members as of 10,000 (`Membership.patience`).
 * @module
 */
export interface ModelledCrowd {
  /** A session begins; it ends by itself. `stayMs` may be infinite. */
  begin(now: number, stayMs: number): void
  /** Counts the time since the last call. @param each - sent by a sampled device in that time, mean */
  advance(now: number, each: { readonly bytes: number; readonly messages: number }): void
  readonly present: number
  readonly sessions: number
  readonly bytes: number
  readonly messages: number
}

export function createModelledCrowd(): ModelledCrowd {
  const ends = createEnds()
  let [sessions, bytes, messages, forEver] = [0, 0, 0, 0]
  return {
    begin(now, stayMs) {
      sessions++
      if (stayMs === Number.POSITIVE_INFINITY) forEver++
      else ends.push(now + stayMs)
    },
    advance(now, each) {
      // Half of those that leave or come within a step are there on average: the mean of before and after.
      const before = ends.size + forEver
      ends.dropUntil(now)
      const present = (before + ends.size + forEver) / 2
      bytes += present * each.bytes
      messages += present * each.messages
    },
    get present() {
      return ends.size + forEver
    },
    get sessions() {
      return sessions
    },
    get bytes() {
      return Math.round(bytes)
    },
    get messages() {
      return Math.round(messages)
    },
  }
}

/** Times at which sessions end, by whole seconds: nobody asks for them more finely. */
function createEnds() {
  const bySecond = new Map<number, number>()
  let size = 0
  let swept = 0
  return {
    push(at: number) {
      const second = Math.max(swept + 1, Math.ceil(at / 1_000))
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1)
      size++
    },
    dropUntil(now: number) {
      for (; swept < Math.floor(now / 1_000); swept++) {
        size -= bySecond.get(swept + 1) ?? 0
        bySecond.delete(swept + 1)
      }
    },
    get size() {
      return size
    },
  }
}
