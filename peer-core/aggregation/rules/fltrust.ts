/**
 * FLTrust: rows are brought to the length of a trusted direction and weighed by the cosine of their angle to it, never below 0.
 *
 * Cao, Fang, Liu, Gong, "FLTrust: Byzantine-robust Federated Learning via Trust Bootstrapping", NDSS 2021
 * ({@link https://arxiv.org/abs/2012.13995 | arXiv:2012.13995}).
 *
 * Guarantee: a row that points away from the trusted direction has no say, and none is longer than it, whatever the liars' share. It is
 * as good as that direction: the paper's is a server's own update on a small clean data set; here it is the reference.
 * Departures: reputation multiplies the cosine; when no row points along the direction the result is zero (the paper divides by zero).
 * @module
 */
import { productsWith, squaredDistancesTo } from '../blocks.ts'
import { combine } from '../mixture.ts'
import type { Sample, Vector } from '../sample.ts'

/** O(nd) time, two sweeps. @param trusted - not zero */
export function fltrust(sample: Sample, trusted: Vector): Float64Array {
  const lengths = squaredDistancesTo(sample, new Float64Array(sample.dimension)).map(Math.sqrt)
  const products = productsWith(sample, trusted)
  const length = normOf(trusted)
  const trust = sample.weights.map((weight, i) => {
    const cosine = lengths[i]! > 0 ? products[i]! / (lengths[i]! * length) : 0
    return weight * Math.max(cosine, 0)
  })
  const total = trust.reduce((sum, score) => sum + score, 0)
  if (!(total > 0)) return new Float64Array(sample.dimension)
  return combine(
    sample,
    trust.map((score, i) => (score > 0 ? (score / total) * (length / lengths[i]!) : 0)),
  )
}

/** Euclidean norm, added in index order. */
export function normOf(vector: Vector): number {
  let squares = 0
  for (let k = 0; k < vector.length; k++) squares += vector[k]! * vector[k]!
  return Math.sqrt(squares)
}
