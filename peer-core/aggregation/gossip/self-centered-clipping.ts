/**
 * Self-centered clipping with a given radius: `own + Σ wⱼ·clip(xⱼ − own, τ)`.
 *
 * He, Karimireddy, Jaggi, "Byzantine-Robust Decentralized Learning via ClippedGossip", 2022
 * ({@link https://arxiv.org/abs/2202.01545 | arXiv:2202.01545}); {@link practicalClipping} is the same paper's radius for practice.
 *
 * Guarantee: one exchange moves a peer by at most `τ · Σ wⱼ`, and liars by at most `τ · b` of it.
 * @module
 */
import { AggregationError } from '../errors.ts'
import { clipFactor } from '../rules/centered-clipping.ts'
import { type Neighbourhood, step, surroundings } from './neighbourhood.ts'

/** @param radius - τ; O(nd) time. @throws {@link AggregationError} */
export function selfCenteredClipping(neighbourhood: Neighbourhood, radius: number): Float32Array {
  if (!(radius >= 0)) {
    throw new AggregationError({ code: 'BAD_PARAMETERS', rule: 'self-centered-clipping', problem: `radius ${radius}` })
  }
  const around = surroundings(neighbourhood, 0)
  return step(
    around,
    around.distances.map((distance) => clipFactor(distance, radius)),
  )
}
