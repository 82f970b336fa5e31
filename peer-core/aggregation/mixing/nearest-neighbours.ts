/**
 * Nearest-neighbour mixing (NNM), weighted by reputation: each row becomes the weighted mean of its nearest rows, itself included,
 * that hold weight `W − b`; the last one counts for what is left.
 *
 * Allouah, Farhadkhani, Guerraoui, Gupta, Pinot, Stephan, "Fixing by Mixing: A Recipe for Optimal Byzantine ML under Heterogeneity",
 * AISTATS 2023 ({@link https://arxiv.org/abs/2302.01772 | arXiv:2302.01772}).
 *
 * Guarantee: gives trimmed mean, median, geometric median and Krum behind it the optimal order `b/W` of error under unlike data.
 * Departure: weight instead of a count of rows; with one point per peer and `b = f` the paper's `n − f` nearest.
 * @module
 */
import { ascending, squaredDistances } from '../geometry.ts'
import { mixRows } from '../mixture.ts'
import { rowsOf, type Sample } from '../sample.ts'
import { takeInOrder } from '../weights.ts'

/** O(n²d) time for the Gram matrix, O(n² log n) after it; the mixing itself, O(n²d), is left to who reads the rows. */
export function nearestNeighbours(sample: Sample): Sample {
  const { weights, total, byzantineWeight } = sample
  const n = rowsOf(sample)
  const distances = squaredDistances(sample)
  const quota = total - byzantineWeight
  const matrix = new Float64Array(n * n)
  const scale = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const nearest = ascending(distances.subarray(i * n, (i + 1) * n))
    const held = takeInOrder(nearest, weights, { quota, total }, (j, taken) => {
      // In units of the row's own weight, which `factors` holds: a row taken whole is a 1.
      matrix[i * n + j] = taken / weights[j]!
    })
    scale[i] = 1 / held
  }
  return { ...sample, mixture: mixRows(sample, { factors: weights, matrix, scale }) }
}
