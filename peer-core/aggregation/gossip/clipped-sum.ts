/**
 * CS+, clipped gossip with an adaptive radius: differences are clipped to the distance beyond which the farthest edge weight `2b` lies.
 *
 * Gaucher, Dieuleveut, Hendrikx, "Unified Breakdown Analysis for Byzantine Robust Gossip", ICML 2025
 * ({@link https://arxiv.org/abs/2410.10418 | arXiv:2410.10418}).
 *
 * Guarantee: near the best breakdown point that gossip can have, which the algebraic connectivity of the honest peers' graph sets against
 * `2b`: below it honest peers contract towards their mean whatever the liars send. With `2b` or more of its edges a peer stands still.
 * @module
 */
import { clipFactor } from '../rules/centered-clipping.ts'
import { atMost } from '../weights.ts'
import { type Neighbourhood, type Surroundings, step, surroundings } from './neighbourhood.ts'

/** @param byzantineWeight - b, edge weight to withstand; O(nd) time. @throws {@link AggregationError} */
export function clippedSum(neighbourhood: Neighbourhood, byzantineWeight: number): Float32Array {
  const around = surroundings(neighbourhood, byzantineWeight)
  const radius = clippedSumRadius(around)
  return step(
    around,
    around.distances.map((distance) => clipFactor(distance, radius)),
  )
}

/** Infinite where nobody lies, 0 where `2b` or more of the edges may. */
export function clippedSumRadius({ sample, distances, nearestFirst }: Surroundings): number {
  const liars = sample.byzantineWeight
  if (liars === 0) return Number.POSITIVE_INFINITY
  let beyond = sample.total
  let radius = 0
  for (const j of nearestFirst) {
    beyond -= sample.weights[j]!
    if (!atMost(2 * liars, beyond, sample.total)) break
    radius = distances[j]!
  }
  return radius
}
