/**
 * The first look at a delta that came from somewhere else. A peer's misbehaviour is a value, never an exception.
 * @module
 */
import type { Vector } from './sample.ts'

export interface ExpectedContribution {
  readonly length: number
  /** largest Euclidean norm that is taken at all; absent = any finite one */
  readonly maxNorm?: number
}

export type ContributionFault =
  | { readonly code: 'WRONG_SHAPE'; readonly expected: number; readonly actual: number }
  | { readonly code: 'NON_FINITE'; readonly coordinate: number; readonly value: number }
  | { readonly code: 'NORM_EXCEEDED'; readonly norm: number; readonly maxNorm: number }

/**
 * @param delta - `float32[d]` as received
 * @returns `undefined` for a delta that aggregation may be given, else what is wrong with it; O(d)
 */
export function checkContribution(delta: Float32Array, expected: ExpectedContribution): ContributionFault | undefined {
  if (delta.length !== expected.length) {
    return { code: 'WRONG_SHAPE', expected: expected.length, actual: delta.length }
  }
  const coordinate = firstUnusable(delta)
  if (coordinate >= 0) return { code: 'NON_FINITE', coordinate, value: delta[coordinate]! }
  if (expected.maxNorm === undefined) return undefined
  let squares = 0
  for (let k = 0; k < delta.length; k++) squares += delta[k]! * delta[k]!
  const norm = Math.sqrt(squares)
  return norm > expected.maxNorm ? { code: 'NORM_EXCEEDED', norm, maxNorm: expected.maxNorm } : undefined
}

/** The largest magnitude that rounds to a finite float32; float64 rows beyond it are refused, so that no sum overflows. */
const MAX_MAGNITUDE = 3.4028234663852886e38

/** Index of the first coordinate that is NaN, infinite or beyond float32; -1 when there is none. */
export function firstUnusable(row: Vector): number {
  if (row instanceof Float32Array && allFinite(row)) return -1
  for (let k = 0; k < row.length; k++) {
    if (!(Math.abs(row[k]!) <= MAX_MAGNITUDE)) return k
  }
  return -1
}

function allFinite(row: Float32Array): boolean {
  // x·0 is 0 for a finite x and NaN for any other: no branch in the loop, four chains that run side by side.
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  const whole = row.length - (row.length % 4)
  for (let k = 0; k < whole; k += 4) {
    a += row[k]! * 0
    b += row[k + 1]! * 0
    c += row[k + 2]! * 0
    d += row[k + 3]! * 0
  }
  for (let k = whole; k < row.length; k++) a += row[k]! * 0
  return a + b + c + d === 0
}
