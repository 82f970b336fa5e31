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
  /** Called once a round, when the first peer has it. */
  onCommit(round: number, hash: string): void
}

export interface Observer {
  heard(peer: string, event: PeerEvent): void
  /** Tells how far the last commit came. */
  finish(): void
  readonly round: number
}

type Unstamped<T> = T extends { readonly t: number } ? Omit<T, 't'> : never

/** Digits of a hash that a transcript keeps: enough to tell commits apart. */
const digits = 16

export function createObserver({ now, write, nameOf, onCommit }: ObserverInit): Observer {
  const hashes: string[] = []
  const evaluated = new Set<number>()
  let firstAt = 0
  let delays: number[] = []
  const say = (line: Unstamped<TimedLine>) => write({ t: now(), ...line } as TimedLine)

  const tellSpread = () => {
    if (delays.length === 0) return
    const sorted = delays.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
    say({ kind: 'spread', round: hashes.length, peers: sorted.length, p50: at(0.5), p95: at(0.95), most: at(1) })
    delays = []
  }

  const onChain = (peer: string, event: Extract<PeerEvent, { kind: 'commit' }>) => {
    const { round, hash, model, contributors, rejected, bytes, trainingLoss } = event
    const known = hashes[round - 1]
    if (known !== undefined) {
      if (known !== hash) say({ kind: 'fork', round, peer, hash: hash.slice(0, digits) })
      else if (round === hashes.length) delays.push(now() - firstAt)
      return
    }
    tellSpread()
    hashes[round - 1] = hash
    firstAt = now()
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
    finish: tellSpread,
    get round() {
      return hashes.length
    },
  }
}
