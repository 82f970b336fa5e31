/**
 * Coordinate-wise trimmed mean, weighted by reputation.
 *
 * Yin, Chen, Ramchandran, Bartlett, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML 2018
 * ({@link https://arxiv.org/abs/1803.01498 | arXiv:1803.01498}).
 *
 * Per coordinate, weight `b` is cut off each end and the rest is averaged; the row at the cut keeps what is left of its weight.
 * Departure: weight is trimmed, not a count of peers. With one point per peer and `b = f` the two are the same function.
 *
 * Guarantee: while Byzantine rows hold at most `b`, every coordinate lies between the least and the greatest honest one.
 *
 * The sum is defined without reference to how ties were sorted: with L the least value below and at which more than `b` lies, and U its
 * mirror image, `(‖≤L‖ − b)·L + Σ wᵢxᵢ (L < xᵢ < U, in the order of rows) + (‖≥U‖ − b)·U`, divided by `W − 2b`.
 * @module
 */
import { BLOCK, readBlock, rowsOf, type Sample } from '../sample.ts'

/** O(d · n²) time at worst, O(d · n) on sorted data (insertion sort, the fastest for the cohorts of tens that a round has). */
export function trimmedMean(sample: Sample): Float64Array {
  const { dimension, weights, total, byzantineWeight } = sample
  const rows = rowsOf(sample)
  const block = new Float64Array(rows * BLOCK)
  const values = new Float64Array(rows)
  const carried = new Float64Array(rows)
  const out = new Float64Array(dimension)
  for (let from = 0; from < dimension; from += BLOCK) {
    const length = Math.min(BLOCK, dimension - from)
    readBlock(sample, from, length, block)
    for (let k = 0; k < length; k++) {
      for (let i = 0; i < rows; i++) {
        const value = block[i * BLOCK + k]!
        const weight = weights[i]!
        let j = i - 1
        while (j >= 0 && values[j]! > value) {
          values[j + 1] = values[j]!
          carried[j + 1] = carried[j]!
          j--
        }
        values[j + 1] = value
        carried[j + 1] = weight
      }
      let first = 0
      let below = carried[0]!
      while (below <= byzantineWeight) below += carried[++first]!
      const low = values[first]!
      while (first + 1 < rows && values[first + 1] === low) below += carried[++first]!
      let last = rows - 1
      let above = carried[last]!
      while (above <= byzantineWeight) above += carried[--last]!
      const high = values[last]!
      while (last > 0 && values[last - 1] === high) above += carried[--last]!
      if (low === high) {
        out[from + k] = low
        continue
      }
      let kept = (below - byzantineWeight) * low
      for (let i = 0; i < rows; i++) {
        const value = block[i * BLOCK + k]!
        if (value > low && value < high) kept += weights[i]! * value
      }
      kept += (above - byzantineWeight) * high
      const result = kept / (total - 2 * byzantineWeight)
      out[from + k] = Math.min(Math.max(result, low), high)
    }
  }
  return out
}
