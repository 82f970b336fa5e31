/**
 * Which source is asked for which chunk.
 *
 * Each chunk is asked of one source at a time. When all are under way, an idle source doubles the one asked longest ago,
 * once, so that the last chunk of a slow provider does not hold up the rest. At first nobody is asked for more than an even
 * share among those who give, half at most, and who lacks a chunk is asked again: those who fetch the same blob as we do
 * have it a moment later.
 * @module
 */
import type { Hash, PeerId } from '../foundation/index.ts'
import type { Clock } from '../ports/index.ts'
import type { ChunkQueue } from './source.ts'

/** Between two questions for one chunk to one source, while shares are even. */
const askAgainMs = 250

export interface ChunkQueueOptions {
  readonly providers: readonly PeerId[]
  readonly clock: Clock
  readonly evenlyForMs: number
  store(peer: PeerId, hash: Hash, bytes: Uint8Array): Promise<void>
}

export interface FetchQueue extends ChunkQueue {
  /** chunks that have not come yet */
  readonly lacking: number
  /** why a checked chunk could not be stored */
  readonly failure: unknown
  /** Makes every waiting source look again. */
  wake(): void
  /** This source has ended. */
  left(source: PeerId): void
  /** Ends its timers. */
  close(): void
}

export function chunkQueue(hashes: readonly Hash[], options: ChunkQueueOptions): FetchQueue {
  const { clock, evenlyForMs, store } = options
  const waiting = new Set(hashes)
  const underWay = new Map<Hash, Set<PeerId>>()
  const refused = new Map<Hash, Set<PeerId>>()
  const running = new Set(options.providers)
  const askedOf = new Map<PeerId, number>()
  const givers = new Set<PeerId>()
  let even = evenlyForMs > 0
  let lacking = waiting.size
  /** chunks that came and are not stored yet: no source is done with before they are */
  let storing = 0
  let failure: unknown
  let waking = Promise.withResolvers<void>()
  const wake = () => {
    waking.resolve()
    waking = Promise.withResolvers<void>()
  }

  const evenUntil = clock.now() + evenlyForMs
  const lookAgain = () => {
    refused.clear()
    even = clock.now() < evenUntil
    if (even) cancel = clock.after(askAgainMs, lookAgain)
    wake()
  }
  let cancel = even ? clock.after(askAgainMs, lookAgain) : () => undefined

  const mayAsk = (hash: Hash, source: PeerId) =>
    !refused.get(hash)?.has(source) && !(underWay.get(hash)?.has(source) ?? false)
  const hasGivenItsShare = (source: PeerId) =>
    even && running.size > 1 && (askedOf.get(source) ?? 0) >= Math.ceil(hashes.length / Math.max(2, givers.size))
  const ask = (hash: Hash, source: PeerId) => {
    underWay.set(hash, (underWay.get(hash) ?? new Set()).add(source))
    askedOf.set(source, (askedOf.get(source) ?? 0) + 1)
    return hash
  }

  return {
    get done() {
      return lacking === 0 || failure !== undefined
    },
    get lacking() {
      return lacking
    },
    get failure() {
      return failure
    },
    take(source) {
      if (hasGivenItsShare(source)) return undefined
      for (const hash of waiting) {
        if (!mayAsk(hash, source)) continue
        waiting.delete(hash)
        return ask(hash, source)
      }
      for (const [hash, askers] of underWay) {
        if (askers.size === 1 && mayAsk(hash, source)) return ask(hash, source)
      }
      return undefined
    },
    async got(source, hash, bytes) {
      if (!underWay.delete(hash) && !waiting.delete(hash)) return
      givers.add(source)
      storing++
      try {
        await store(source, hash, bytes)
        lacking--
      } catch (error) {
        failure = error
      }
      storing--
      wake()
    },
    missing(source, hash) {
      askedOf.set(source, askedOf.get(source)! - 1)
      const askers = underWay.get(hash)
      if (askers === undefined) return
      askers.delete(source)
      refused.set(hash, (refused.get(hash) ?? new Set()).add(source))
      if (askers.size === 0) {
        underWay.delete(hash)
        waiting.add(hash)
      }
      wake()
    },
    exhausted: (source) =>
      !even && storing === 0 && [...waiting, ...underWay.keys()].every((hash) => refused.get(hash)?.has(source)),
    changed: () => waking.promise,
    wake,
    left(source) {
      running.delete(source)
      wake()
    },
    close: () => cancel(),
  }
}
