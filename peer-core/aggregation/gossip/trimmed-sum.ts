/**
 * GTS, gossip by trimmed sum: the farthest neighbours that hold edge weight b are left out; the one at the cut keeps what is left of it.
 * In a complete graph of equal weights it is nearest-neighbour averaging (NNA).
 *
 * Gaucher, Dieuleveut, Hendrikx, "Unified Breakdown Analysis for Byzantine Robust Gossip", ICML 2025
 * ({@link https://arxiv.org/abs/2410.10418 | arXiv:2410.10418}).
 *
 * Departure: the authors' code gives the neighbour at the cut the wrong remainder when weights are unequal; this is the paper's formula.
 *
 * Guarantee: as {@link clippedSum}'s up to a constant.
 * @module
 */
import { takeInOrder } from '../weights.ts'
import { type Neighbourhood, step, surroundings } from './neighbourhood.ts'

/** @param byzantineWeight - b, edge weight to withstand; O(nd) time. @throws {@link AggregationError} */
export function trimmedSum(neighbourhood: Neighbourhood, byzantineWeight: number): Float32Array {
  const around = surroundings(neighbourhood, byzantineWeight)
  const { sample, nearestFirst } = around
  const { weights, total } = sample
  const kept = new Float64Array(nearestFirst.length)
  takeInOrder(nearestFirst, weights, { quota: total - sample.byzantineWeight, total }, (j, taken) => {
    kept[j] = taken / weights[j]!
  })
  return step(around, kept)
}
