/**
 * Centered clipping whose radius is measured, not declared: rows are pulled to within twice a typical distance from the last committed
 * delta, and what is wildly farther is left out.
 *
 * One step of centered clipping (Karimireddy, He, Jaggi, "Learning from History for Byzantine Robust Optimization", ICML 2021,
 * {@link https://arxiv.org/abs/2012.10333 | arXiv:2012.10333}) with a clipped function that comes back to zero as in Hampel, "The Influence
 * Curve and Its Role in Robust Estimation", JASA 69, 1974: a row at distance r from the center v counts in full up to `τ = reach · m`,
 * with length τ up to `5τ`, and not at all beyond. The result is `v + Σ wᵢ·clip(xᵢ − v, τ) / Σ wᵢ` over the rows that count.
 *
 * m is the least distance within which weight `min((W + b)/2, W − b)` lies: the honest rows' median when all liars are closer than they,
 * and one of theirs in any case, since they hold `W − b`.
 *
 * Guarantee: what liars send pulls the result by at most `reach · m · b / (W − b)`, whatever it is. They also have a say in m: by
 * sending the start itself they make it the honest rows' median distance, the least it can be, and honest rows beyond five radii
 * may then be left out, though never more than weight b of them. Without liars (`b = 0`) it is the mean. It does not need peers' data to be
 * alike, and that is the price: a lie no longer than honest deltas are apart passes, where nearest-neighbour mixing might have seen
 * through it (both are measured in docs/aggregation.md).
 * @module
 */
import { squaredDistancesTo } from '../blocks.ts'
import { ascending } from '../geometry.ts'
import { rowsOf, type Sample, type Vector } from '../sample.ts'
import { atMost } from '../weights.ts'
import { clipFactor, pullTowards } from './centered-clipping.ts'

export interface AdaptiveCenteringOptions {
  /** τ in units of m, at least 1 */
  readonly reach: number
  readonly start: Vector
}

/** O(nd) time in two sweeps, O(d) space. */
export function adaptiveCentering(sample: Sample, { reach, start }: AdaptiveCenteringOptions): Float64Array {
  const distances = squaredDistancesTo(sample, start).map(Math.sqrt)
  const { pulls, total } = centeringPulls(sample, distances, reach)
  return pullTowards(sample, Float64Array.from(start), pulls, total)
}

export interface Pulls {
  /** weight times clip factor of every row, 0 for a row that is left out */
  readonly pulls: Float64Array
  /** weight of the rows that count */
  readonly total: number
}

/** Beyond so many radii a row is left out: no honest peer's data is as different as that. */
const WILD = 5

/** @param distances - of the rows from the center */
export function centeringPulls(sample: Sample, distances: Float64Array, reach: number): Pulls {
  const { weights, total, byzantineWeight } = sample
  if (byzantineWeight === 0) return { pulls: weights, total }
  const nearestFirst = ascending(distances)
  const within = Math.min((total + byzantineWeight) / 2, total - byzantineWeight)
  let held = 0
  const middle = nearestFirst.findIndex((i) => {
    held += weights[i]!
    return atMost(within, held, total)
  })
  const radius = reach * distances[nearestFirst[middle]!]!
  const pulls = weights.map((weight, i) => weight * clipFactor(distances[i]!, radius))
  let leftOut = 0
  for (let at = rowsOf(sample) - 1; at > middle; at--) {
    const i = nearestFirst[at]!
    if (distances[i]! <= WILD * radius || !atMost(leftOut + weights[i]!, byzantineWeight, total)) break
    leftOut += weights[i]!
    pulls[i] = 0
  }
  return { pulls, total: total - leftOut }
}
