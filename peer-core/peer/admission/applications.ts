/**
 * Who asks to be let in, as this peer has heard: for the bodies that it proposes, and to be forwarded.
 *
 * To ask costs nothing where admission is free, so places are few and given by a lot that each commit draws anew.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import { second } from '../../foundation/index.ts'
import type { Verdict } from '../../ports/index.ts'
import { type AdmissionRequest, hopeless } from '../../reputation/index.ts'
import { displacedBy } from '../../round/index.ts'
import { type Application, limits } from '../../wire/index.ts'
import type { SessionContext } from '../session-context.ts'
import type { Standings } from '../standings.ts'

/** Who is not let in by then says it again. */
export const repeatMs = 10 * second
/** of a byte string in a list */
const framing = 3

interface Held extends AdmissionRequest {
  readonly at: number
  readonly bytes: Uint8Array
}

export class Applications {
  readonly #context: Pick<SessionContext, 'clock'>
  readonly #standings: Standings
  readonly #held = new Map<PeerId, Held>()

  constructor(context: Pick<SessionContext, 'clock'>, standings: Standings) {
    this.#context = context
    this.#standings = standings
  }

  /** Whether a message is worth forwarding: it would be let in now, and was not said just before. */
  verdict(peer: PeerId, { ticket, at }: Application): Verdict {
    const known = this.#held.get(peer)
    if (Math.abs(at - this.#context.clock.now()) > limits.clockSkewMs) return 'ignore'
    if (known !== undefined && at < known.at + repeatMs / 2) return 'ignore'
    if (ticket.kind !== 'invitation' && !this.#standings.mustApply(peer)) return 'ignore'
    const [answer] = this.#standings.check([{ peer, ticket }])
    if (answer === undefined || 'admitted' in answer) return 'accept'
    return hopeless.has(answer.problem) ? 'reject' : 'ignore'
  }

  /** @returns whether it has a place */
  hear(peer: PeerId, application: Application, bytes: Uint8Array): boolean {
    if (bytes.length > limits.applicationBytes || this.verdict(peer, application) !== 'accept') return false
    if (!this.#held.has(peer) && this.#held.size >= limits.applications) {
      const displaced = displacedBy(peer, this.#held.keys(), this.#standings.order)
      if (displaced === undefined) return false
      this.#held.delete(displaced)
    }
    const { ticket, at } = application
    this.#held.set(peer, { peer, ticket, at, bytes })
    return true
  }

  get isEmpty(): boolean {
    return this.#held.size === 0
  }

  has(peer: PeerId): boolean {
    return this.#held.has(peer)
  }

  /** Of peers whose work counts only if the round's commit lets them in: those that have a place in it. */
  foundersOf(peers: readonly PeerId[]): PeerId[] {
    const held = peers.flatMap((peer) => (this.#standings.mustApply(peer) ? (this.#held.get(peer) ?? []) : []))
    return this.#allowed(held).map(({ peer }) => peer)
  }

  /**
   * For a body with room for so many bytes.
   * @param founders - before all others
   */
  toPropose(room: number, founders: readonly PeerId[]): Uint8Array[] {
    const first = founders.flatMap((peer) => this.#held.get(peer) ?? [])
    const others = [...this.#held.values()].filter(({ peer }) => !founders.includes(peer))
    let left = room
    return this.#allowed([...first, ...others.sort((a, b) => this.#standings.order(a.peer, b.peer))]).flatMap(
      ({ bytes }) => {
        left -= bytes.length + framing
        return left < 0 ? [] : [bytes]
      },
    )
  }

  /** As many as one commit lets in, of those that it may. */
  #allowed(held: readonly Held[]): Held[] {
    const answers = this.#standings.check(held)
    return held.filter((_, i) => 'admitted' in answers[i]!).slice(0, limits.admissionsPerCommit)
  }

  /** Forgets whom the last commit let in, and who cannot be let in any more. */
  committed(): void {
    const held = [...this.#held.values()]
    for (const one of held) {
      const [answer] = this.#standings.check([one])
      if (answer === undefined || 'problem' in answer) this.#held.delete(one.peer)
    }
  }
}
