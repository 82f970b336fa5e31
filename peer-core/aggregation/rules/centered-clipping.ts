/**
 * Centered clipping: L times `v ← v + Σ wᵢ·clip(xᵢ − v, τ) / W`.
 *
 * Karimireddy, He, Jaggi, "Learning from History for Byzantine Robust Optimization", ICML 2021
 * ({@link https://arxiv.org/abs/2012.10333 | arXiv:2012.10333}).
 *
 * Guarantee: weight b moves the result by at most `L·τ·b/W` from where the honest would have moved it; what that is worth depends on
 * the start being near the honest mean (the last committed delta, with momentum at the workers) and on τ being of the size of the
 * honest spread. Started from the mean of the rows themselves, as DisCo does, the start is the liars' to choose.
 * @module
 */
import { overBlocks, squaredDistancesTo } from '../blocks.ts'
import { STRIDE } from '../geometry.ts'
import { rowsOf, type Sample, type Vector } from '../sample.ts'

export interface CenteredClippingOptions {
  /** τ, in the unit of the rows' norm */
  readonly radius: number
  /** L */
  readonly steps: number
  readonly start: Vector
}

/** O(ndL) time in two sweeps a step, O(d) space: the cheapest rule with a guarantee. */
export function centeredClipping(sample: Sample, { radius, steps, start }: CenteredClippingOptions): Float64Array {
  let center: Float64Array = Float64Array.from(start)
  for (let step = 0; step < steps; step++) {
    const squares = squaredDistancesTo(sample, center)
    const pulls = sample.weights.map((weight, i) => weight * clipFactor(Math.sqrt(squares[i]!), radius))
    center = pullTowards(sample, center, pulls, sample.total)
  }
  return center
}

/** `center + Σ pulls[i]·(row i − center) / total`, rows ascending. */
export function pullTowards(sample: Sample, center: Float64Array, pulls: Float64Array, total: number): Float64Array {
  const rows = rowsOf(sample)
  return overBlocks(sample, (block, from, length, out) => {
    for (let k = 0; k < length; k++) {
      const here = center[from + k]!
      let moved = 0
      for (let i = 0; i < rows; i++) moved += pulls[i]! * (block[i * STRIDE + k]! - here)
      out[from + k] = here + moved / total
    }
  })
}

/** The factor that brings a length down to `limit`, 1 when it is no longer. */
export function clipFactor(length: number, limit: number): number {
  return length > limit ? limit / length : 1
}
