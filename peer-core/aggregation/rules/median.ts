/**
 * Coordinate-wise median, weighted by reputation.
 *
 * Yin, Chen, Ramchandran, Bartlett, "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML 2018
 * ({@link https://arxiv.org/abs/1803.01498 | arXiv:1803.01498}).
 *
 * Guarantee: while Byzantine rows hold less than half the weight, every coordinate lies between the least and the greatest honest one.
 * Where peers' data differ it is biased towards the majority's: it drops what only a few know (measured in docs/aggregation.md).
 *
 * Convention: with an even count the two middle values are averaged (NumPy's median; PyTorch takes the lower).
 * @module
 */
import { overBlocks } from '../blocks.ts'
import type { Sample } from '../sample.ts'
import { columnOf, columnSorter, medianOf } from './sorted.ts'

/** O(n²d) time at worst for n rows, O(n) space. The Byzantine weight is ignored. */
export function median(sample: Sample): Float64Array {
  const column = columnOf(sample)
  const sort = columnSorter(sample, column)
  return overBlocks(sample, (block, from, length, out) => {
    for (let k = 0; k < length; k++) {
      sort(block, k)
      out[from + k] = medianOf(column, sample.total)
    }
  })
}
