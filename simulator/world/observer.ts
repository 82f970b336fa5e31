/**
 * What is written down of a world: every peer's events, told once. A commit is a line when the first peer has it; when
 * the next one comes, how far it had spread; and whoever holds another commit of the same round is a fork.
 * @module
 */
import type { PeerEvent, PeerId } from '../../peer-core/index.ts'
import type { TimedLine } from '../transcript/lines.ts'

export interface ObserverInit {
  now(): number
  write(line: TimedLine): void
  nameOf(peer: PeerId): string
  /** who is here, by name */
  present(): Iterable<string>
  /** Called once a round, when the first peer has it. */
  onCommit(round: number, hash: string): void
}

export interface Observer {
  heard(peer: string, event: PeerEvent): void
  left(peer: string): void
  /** Tells how far the last commit came. */
  finish(): void
  readonly round: number
}

type Unstamped<T> = T extends { readonly t: number } ? Omit<T, 't'> : never

/** Digits of a hash that a transcript keeps: enough to tell commits apart. */
const digits = 16

export function createObserver({ now, write, nameOf, present, onCommit }: ObserverInit): Observer {
  const hashes: string[] = []
  const evaluated = new Set<number>()
  let firstAt = 0
  let delays: number[] = []
  /** who was here when the last commit came, is here still, and has not got it */
  let waiting = new Set<string>()
  const say = (line: Unstamped<TimedLine>) => write({ t: now(), ...line } as TimedLine)

  const tellSpread = () => {
    if (delays.length === 0) return
    const sorted = delays.toSorted((a, b) => a - b)
    const peers = sorted.length
    const of = peers + waiting.size
    const [p50, p95] = [sorted[Math.ceil(0.5 * of) - 1], sorted[Math.ceil(0.95 * of) - 1]]
    say({
      kind: 'spread',
      round: hashes.length,
      peers,
      of,
      ...(p50 === undefined ? {} : { p50 }),
      ...(p95 === undefined ? {} : { p95 }),
      most: sorted.at(-1)!,
    })
    delays = []
  }

  const onChain = (peer: string, event: Extract<PeerEvent, { kind: 'commit' }>) => {
    const { round, hash, model, contributors, rejected, bytes, trainingLoss } = event
    const known = hashes[round - 1]
    if (known !== undefined) {
      if (known !== hash) say({ kind: 'fork', round, peer, hash: hash.slice(0, digits) })
      else if (round === hashes.length && waiting.delete(peer)) delays.push(now() - firstAt)
      return
    }
    tellSpread()
    hashes[round - 1] = hash
    firstAt = now()
    waiting = new Set(present())
    waiting.delete(peer)
    delays.push(0)
    say({
      kind: 'commit',
      round,
      peer,
      hash: hash.slice(0, digits),
      model: model.slice(0, digits),
      contributors: contributors.map(nameOf).sort(),
      rejected: Object.fromEntries(rejected.map(({ peer: one, reason }) => [nameOf(one), reason])),
      bytes,
      ...(trainingLoss === undefined ? {} : { trainingLoss }),
    })
    onCommit(round, hash)
  }

  return {
    heard(peer, event) {
      switch (event.kind) {
        case 'commit':
          return onChain(peer, event)
        case 'evaluation':
          if (evaluated.has(event.round)) return
          evaluated.add(event.round)
          return say({ kind: 'evaluation', round: event.round, loss: event.loss, accuracy: event.accuracy })
        case 'trained':
          return say({ kind: 'trained', peer, round: event.round, steps: event.steps, ms: event.ms })
        case 'notice':
          if (event.level === 'warning') say({ kind: 'notice', peer, text: event.text })
          return
        default:
      }
    },
    left: (peer) => void waiting.delete(peer),
    finish: tellSpread,
    get round() {
      return hashes.length
    },
  }
}
