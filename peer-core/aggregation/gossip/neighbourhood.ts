/**
 * A peer among its neighbours: every gossip rule is `own + Σ wⱼ·fⱼ·(xⱼ − own)` and differs in the factors `fⱼ` alone.
 * @module
 */
import { squaredDistancesTo } from '../blocks.ts'
import { canonicalOrder } from '../canonical.ts'
import { AggregationError } from '../errors.ts'
import { ascending } from '../geometry.ts'
import { requireUsable } from '../input.ts'
import { combine } from '../mixture.ts'
import { type Sample, sampleOf, type Vector } from '../sample.ts'

export interface Neighbourhood {
  /** the peer's own model or delta, `float32[d]` */
  readonly own: Vector
  /** what its neighbours sent, each of the same length */
  readonly neighbours: readonly Vector[]
  /** edge weights, positive, at most 1 in all (the rest is the peer's own); `1/(n + 1)` each when absent */
  readonly weights?: readonly number[]
}

/** Neighbours in canonical order with their distances from the peer. */
export interface Surroundings {
  readonly own: Vector
  readonly sample: Sample
  readonly distances: Float64Array
  /** rows from the nearest to the farthest */
  readonly nearestFirst: readonly number[]
}

/**
 * @param byzantineWeight - edge weight that may lie
 * @throws {@link AggregationError} `LENGTH_MISMATCH`, `NON_FINITE`, `BAD_WEIGHT`, `BAD_BYZANTINE_WEIGHT`
 */
export function surroundings({ own, neighbours, weights }: Neighbourhood, byzantineWeight: number): Surroundings {
  requireUsable(own, own.length, 'reference')
  neighbours.forEach((row, at) => {
    requireUsable(row, own.length, 'contribution', at)
  })
  const given = weights ?? neighbours.map(() => 1 / (neighbours.length + 1))
  if (given.length !== neighbours.length) {
    const lengths = { expected: neighbours.length, actual: given.length }
    throw new AggregationError({ code: 'LENGTH_MISMATCH', what: 'weights', ...lengths })
  }
  let total = 0
  given.forEach((weight, at) => {
    total += weight
    if (!(weight > 0 && total <= 1 + 1e-9)) throw new AggregationError({ code: 'BAD_WEIGHT', at, weight })
  })
  if (!(byzantineWeight >= 0)) throw new AggregationError({ code: 'BAD_BYZANTINE_WEIGHT', byzantineWeight })
  const order = canonicalOrder(neighbours, given)
  const sample = sampleOf(
    order.map((i) => neighbours[i]!),
    { weights: order.map((i) => given[i]!), byzantineWeight },
  )
  const distances = squaredDistancesTo(sample, own).map(Math.sqrt)
  return { own, sample, distances, nearestFirst: ascending(distances) }
}

/** `own + Σ wⱼ·fⱼ·(xⱼ − own)`, rounded to float32 once; O(nd) time. */
export function step({ own, sample }: Surroundings, factors: ArrayLike<number>): Float32Array {
  if (sample.sources.length === 0) return Float32Array.from(own)
  const pulls = sample.weights.map((weight, j) => weight * factors[j]!)
  const pulled = pulls.reduce((total, pull) => total + pull, 0)
  const mixed = combine(sample, pulls)
  const out = new Float32Array(own.length)
  for (let k = 0; k < out.length; k++) out[k] = (1 - pulled) * own[k]! + mixed[k]! + 0
  return out
}
