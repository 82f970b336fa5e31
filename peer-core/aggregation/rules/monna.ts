/**
 * MoNNA, nearest-neighbour averaging about a row that one trusts: the weighted mean of the rows nearest to the pivot that hold `W − b`.
 *
 * Farhadkhani, Guerraoui, Gupta, Hoang, Pinot, Stephan, "Robust Collaborative Learning with Linear Gradient Overhead", ICML 2023
 * ({@link https://arxiv.org/abs/2209.10931 | arXiv:2209.10931}).
 *
 * Guarantee: with an honest pivot and `W > 2b`, the result is no farther from the honest mean than a few times the honest spread. The
 * pivot is a peer's own row among its neighbours, or the last committed delta in a commit.
 * @module
 */
import { squaredDistancesTo } from '../blocks.ts'
import { ascending } from '../geometry.ts'
import { combine } from '../mixture.ts'
import type { Sample, Vector } from '../sample.ts'
import { takeInOrder } from '../weights.ts'

/** O(nd) time. Equal distances: the lowest row first. */
export function monna(sample: Sample, pivot: Vector): Float64Array {
  const { weights, total, byzantineWeight } = sample
  const kept = new Float64Array(weights.length)
  const nearest = ascending(squaredDistancesTo(sample, pivot))
  const held = takeInOrder(nearest, weights, { quota: total - byzantineWeight, total }, (row, taken) => {
    kept[row] = taken
  })
  return combine(
    sample,
    kept.map((taken) => taken / held),
  )
}
