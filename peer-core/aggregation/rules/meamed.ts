/**
 * Mean around the median: per coordinate, the mean of the values closest to the median that hold weight `W − b`.
 *
 * Xie, Koyejo, Gupta, "Generalized Byzantine-tolerant SGD", 2018 ({@link https://arxiv.org/abs/1802.10116 | arXiv:1802.10116}).
 *
 * Guarantee: while Byzantine rows hold at most `b < W/2`, every coordinate stays within the honest range widened by its own length
 * (a liar's value counts only if it is as close to the median as an honest one).
 * @module
 */
import { overBlocks } from '../blocks.ts'
import type { Sample } from '../sample.ts'
import { closestMean } from './closest.ts'
import { columnOf, columnSorter, medianOf } from './sorted.ts'

/** O(n²d) time at worst, O(n) space. */
export function meamed(sample: Sample): Float64Array {
  const column = columnOf(sample)
  const sort = columnSorter(sample, column)
  const closest = closestMean(sample, sample.total - sample.byzantineWeight)
  return overBlocks(sample, (block, from, length, out) => {
    for (let k = 0; k < length; k++) {
      sort(block, k)
      out[from + k] = closest(block, k, medianOf(column, sample.total))
    }
  })
}
