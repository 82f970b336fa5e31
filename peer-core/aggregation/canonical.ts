/**
 * A total order of contributions by their content, so that every engine adds in the same sequence whatever order they came in.
 *
 * Rows are compared coordinate by coordinate, then by weight; rows that are equal in both are interchangeable. Two rows that differ
 * early (any two honest deltas) cost a few comparisons; near-duplicates cost up to d, so `m` of them O(m · log m · d) at worst.
 * @module
 */
import type { Vector } from './sample.ts'

/** Indices of `rows` in canonical order. */
export function canonicalOrder(rows: readonly Vector[], weights: readonly number[]): number[] {
  return rows.map((_, i) => i).sort((i, j) => compareVectors(rows[i]!, rows[j]!) || weights[i]! - weights[j]! || i - j)
}

function compareVectors(a: Vector, b: Vector): number {
  if (a === b) return 0
  const length = a.length
  for (let k = 0; k < length; k++) {
    const x = a[k]!
    const y = b[k]!
    if (x < y) return -1
    if (x > y) return 1
  }
  return 0
}
