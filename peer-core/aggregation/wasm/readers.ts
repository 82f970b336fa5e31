/**
 * Rows that are somewhere else: in a store, in chunks, on their way.
 * @module
 */
import { canonicalOrder } from '../canonical.ts'

export interface RowReader {
  /**
   * Fills all of `into` with coordinates from `from` on. It may be asked several times for the same ones, in ascending order each time.
   */
  read(from: number, into: Float32Array): void | Promise<void>
}

/** A reader of what is in memory already. */
export function arrayReader(row: Float32Array): RowReader {
  return { read: (from, into) => into.set(row.subarray(from, from + into.length)) }
}

/** All rows as arrays, `n × d` numbers. */
export async function readRows(rows: readonly RowReader[], dimension: number): Promise<Float32Array[]> {
  const out = rows.map(() => new Float32Array(dimension))
  for (let from = 0; from < dimension; from += COMPARED) {
    const length = Math.min(COMPARED, dimension - from)
    await Promise.all(rows.map((row, i) => row.read(from, out[i]!.subarray(from, from + length))))
  }
  return out
}

/** Coordinates that are read, and compared, at a time. */
const COMPARED = 4_096

/**
 * Canonical order (`canonical.ts`) without having the rows: as many coordinates are read as it takes to tell them apart, at most d of
 * rows that are equal.
 */
export async function orderOfReaders(
  rows: readonly RowReader[],
  dimension: number,
  weights: readonly number[],
): Promise<number[]> {
  const everyone = rows.map((_, i) => i)
  return refine(everyone, 0)

  async function refine(group: readonly number[], from: number): Promise<number[]> {
    if (group.length < 2) return [...group]
    const length = Math.min(COMPARED, dimension - from)
    if (length <= 0) return [...group].sort((i, j) => weights[i]! - weights[j]! || i - j)
    const parts = await Promise.all(group.map((i) => readPart(rows[i]!, from, length)))
    const equal = parts.map(() => 1)
    const order = canonicalOrder(parts, equal)
    const refined: number[] = []
    for (let at = 0; at < order.length; ) {
      let end = at + 1
      while (end < order.length && areEqual(parts[order[at]!]!, parts[order[end]!]!)) end++
      const tied = order.slice(at, end).map((k) => group[k]!)
      refined.push(...(await refine(tied, from + length)))
      at = end
    }
    return refined
  }
}

async function readPart(row: RowReader, from: number, length: number): Promise<Float32Array> {
  const part = new Float32Array(length)
  await row.read(from, part)
  return part
}

/** As numbers: −0 equals 0. */
function areEqual(a: Float32Array, b: Float32Array): boolean {
  return a.every((value, k) => value === b[k])
}
