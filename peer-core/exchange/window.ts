/**
 * How many chunks may be under way from one provider: one more each round trip while chunks come back quickly, half as
 * many when one took more than twice the best (delay-based, as LEDBAT, RFC 6817, keeps its queue short). Too large a window
 * collapses on a thin link, too small a one wastes a long one.
 *
 * The best is forgotten slowly, so that a link, or a machine, that has become slower is not held to what it once was; and
 * one slow moment halves the window once, not once for every chunk that it delayed.
 * @module
 */
import { limits } from '../wire/index.ts'

const fewestChunks = 2
const mostChunks = (1024 * 1024) / limits.chunkBytes
/** of the best, with each chunk: doubles within 24 of them */
const forgetting = 1.03
/**
 * Shorter times say nothing of the link: where everyone trains, a chunk waits as long for a turn of the processor at either end.
 */
const noticeableMs = 500

export interface ChunkWindow {
  /** chunks that may be under way */
  readonly size: number
  /** A chunk came back `ms` after it was asked for. */
  arrived(ms: number): void
}

export function chunkWindow(): ChunkWindow {
  let size = fewestChunks
  let best = Number.POSITIVE_INFINITY
  let delayed = 0
  return {
    get size() {
      return Math.floor(size)
    },
    arrived(ms) {
      // A chunk waits behind those asked for before it: what grows with the window itself is not congestion.
      const each = Math.max(ms, 1) / Math.floor(size)
      best = Math.min(best * forgetting, each)
      if (delayed > 0) delayed--
      else if (each > 2 * best && ms > noticeableMs) {
        delayed = Math.floor(size)
        size = Math.max(fewestChunks, size / 2)
      } else size = Math.min(mostChunks, size + 1 / size)
    },
  }
}
