/**
 * ClippedGossip with its practical radius, `τ² = Σ wⱼ·‖xⱼ − own‖² / b` over the neighbours nearer than the farthest weight b.
 *
 * He, Karimireddy, Jaggi 2022 ({@link https://arxiv.org/abs/2202.01545 | arXiv:2202.01545}), as Gaucher, Dieuleveut, Hendrikx
 * 2025 ({@link https://arxiv.org/abs/2410.10418 | arXiv:2410.10418}) state it under the name CS-He.
 *
 * Guarantee: weaker than {@link clippedSum}'s: near agreement the radius may exceed what liars should be allowed.
 * @module
 */
import { clipFactor } from '../rules/centered-clipping.ts'
import { atMost } from '../weights.ts'
import { type Neighbourhood, step, surroundings } from './neighbourhood.ts'

/** @param byzantineWeight - b, edge weight to withstand; O(nd) time. @throws {@link AggregationError} */
export function practicalClipping(neighbourhood: Neighbourhood, byzantineWeight: number): Float32Array {
  const around = surroundings(neighbourhood, byzantineWeight)
  const { sample, distances, nearestFirst } = around
  const liars = sample.byzantineWeight
  if (liars === 0)
    return step(
      around,
      distances.map(() => 1),
    )
  let beyond = sample.total
  let moment = 0
  for (const j of nearestFirst) {
    beyond -= sample.weights[j]!
    // The row at which no more than b is left beyond is not counted itself.
    if (atMost(beyond, liars, sample.total)) break
    moment += sample.weights[j]! * distances[j]! * distances[j]!
  }
  const radius = Math.sqrt(moment / liars)
  return step(
    around,
    distances.map((distance) => clipFactor(distance, radius)),
  )
}
