/**
 * One memory, planned before it exists: addresses are handed out one after the other, tables are noted, and then the memory
 * is made in the size that it came to and never grows.
 * @module
 */
import type { Address } from './kernels.ts'

/** The kernels' own constants lie below. */
export const arenaStart = 65_536
/** A cache line; also what lets a kernel read a vector that begins at the last float of a region. */
const alignment = 64
const pageBytes = 65_536
/** Pages of 64 KiB that a 32-bit address reaches. */
const mostPages = 65_536

export interface Arena {
  /** Zeroed when the memory is made. */
  floats(count: number): Address
  bytes(count: number): Address
  /** Byte offsets, each `offset(i)` for `0 ≤ i < count`. */
  table(count: number, offset: (i: number) => number): Address
  /** Bytes planned so far. */
  readonly size: number
  /** @throws `RangeError` when it is more than a 32-bit memory holds or this machine gives */
  allocate(): WebAssembly.Memory
}

export function createArena(): Arena {
  let size = arenaStart
  const tables: { at: Address; count: number; offset: (i: number) => number }[] = []
  const bytes = (count: number): Address => {
    const at = size
    size = Math.ceil((size + count + 1) / alignment) * alignment
    return at
  }
  return {
    bytes,
    floats: (count) => bytes(4 * count),
    table(count, offset) {
      const at = bytes(4 * count)
      tables.push({ at, count, offset })
      return at
    },
    get size() {
      return size
    },
    allocate() {
      const pages = Math.ceil((size + alignment) / pageBytes)
      if (pages > mostPages) throw new RangeError(`a plan of ${size} bytes does not fit a 32-bit memory`)
      const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
      for (const { at, count, offset } of tables) {
        const words = new Uint32Array(memory.buffer, at, count)
        for (let i = 0; i < count; i++) words[i] = offset(i)
      }
      return memory
    },
  }
}
