/**
 * How many chunks may be under way from one provider: additive increase while chunks come back quickly, halved when
 * they slow down to more than twice the best seen (delay-based, as LEDBAT, RFC 6817, keeps its queue short). A window
 * that is too large collapses on a thin link; one that is too small wastes a long one.
 * @module
 */
import { limits } from '../wire/index.ts'

const startChunks = 2
const mostChunks = (1024 * 1024) / limits.chunkBytes

export interface ChunkWindow {
  /** chunks that may be under way */
  readonly size: number
  /** A chunk came back `ms` after it was asked for. */
  arrived(ms: number): void
}

export function chunkWindow(): ChunkWindow {
  let size = startChunks
  let best = Number.POSITIVE_INFINITY
  return {
    get size() {
      return Math.floor(size)
    },
    arrived(ms) {
      // A chunk waits behind those asked for before it: what grows with the window itself is not congestion.
      const each = Math.max(ms, 1) / Math.floor(size)
      best = Math.min(best, each)
      if (each > 2 * best && ms > 50) size = Math.max(1, size / 2)
      else size = Math.min(mostChunks, size + 1 / size)
    },
  }
}
