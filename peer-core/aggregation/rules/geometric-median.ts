/**
 * Geometric median by smoothed Weiszfeld steps, weighted by reputation.
 *
 * Pillutla, Kakade, Harchaoui, "Robust Aggregation for Federated Learning" (RFA), IEEE TSP 2022
 * ({@link https://arxiv.org/abs/1912.13445 | arXiv:1912.13445}): `v ← Σ βᵢxᵢ / Σ βᵢ`, `βᵢ = wᵢ / max(ν, ‖xᵢ − v‖)`, T times.
 *
 * Guarantee: breakdown point 1/2; an error of at most `2(W − b)/(W − 2b)` times the honest rows' largest distance from their mean.
 * @module
 */
import { squaredDistancesTo } from '../blocks.ts'
import { combine } from '../mixture.ts'
import type { Sample, Vector } from '../sample.ts'

export interface GeometricMedianOptions {
  /** ν: distances below it count as ν */
  readonly smoothing: number
  /** T */
  readonly steps: number
  /** where the steps begin */
  readonly start: Vector
}

/** O(ndT) time, O(d) space; distances from differences, not from a Gram matrix, since v comes near rows. */
export function geometricMedian(sample: Sample, { smoothing, steps, start }: GeometricMedianOptions): Float64Array {
  let center: Float64Array = Float64Array.from(start)
  for (let step = 0; step < steps; step++) {
    const squares = squaredDistancesTo(sample, center)
    const pulls = sample.weights.map((weight, i) => weight / Math.max(smoothing, Math.sqrt(squares[i]!)))
    let total = 0
    for (const pull of pulls) total += pull
    center = combine(
      sample,
      pulls.map((pull) => pull / total),
    )
  }
  return center
}
