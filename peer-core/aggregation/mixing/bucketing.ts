/**
 * Bucketing: rows are permuted and replaced by the means of s at a time.
 *
 * Karimireddy, He, Jaggi, "Byzantine-Robust Learning on Heterogeneous Datasets via Bucketing", ICLR 2022
 * ({@link https://arxiv.org/abs/2006.09365 | arXiv:2006.09365}).
 *
 * Guarantee: divides the honest variance by s, and multiplies the liars' share by up to s: of `⌈n/s⌉` buckets f may be spoiled.
 * The permutation must not be known to whoever contributes: seed it from what is fixed after contributions are in.
 *
 * Weighted: a bucket is the weighted mean of its rows and weighs their mean weight; the weight to withstand becomes that of the f
 * heaviest buckets, f being the most rows that can hold `b`.
 * @module
 */
import { seededRandom } from '../../foundation/index.ts'
import { mixRows } from '../mixture.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'
import { exactGrid, exactWeights, onGrid, sum } from '../weights.ts'

/**
 * @param size - s, rows a bucket; the last bucket holds what is left
 * @param permutation - of the rows; drawn from the sample's seed unless given
 */
export function bucketing(sample: Sample, size: number, permutation: readonly number[] = drawn(sample)): Sample {
  const n = rowsOf(sample)
  const count = Math.ceil(n / size)
  const matrix = new Float64Array(count * n)
  const held = new Float64Array(count)
  const members = new Float64Array(count)
  permutation.forEach((row, at) => {
    const bucket = Math.floor(at / size)
    matrix[bucket * n + row] = 1
    held[bucket] = held[bucket]! + sample.weights[row]!
    members[bucket] = members[bucket]! + 1
  })
  const meanWeights = held.map((weight, bucket) => weight / members[bucket]!)
  const step = exactGrid(meanWeights)
  const weights = exactWeights(meanWeights, step)
  const spoiled = weights.toSorted().reverse().subarray(0, byzantineCount(sample))
  return {
    ...sample,
    weights,
    total: sum(weights),
    byzantineWeight: onGrid(sum(spoiled), step),
    mixture: mixRows(sample, { factors: sample.weights, matrix, scale: held.map((weight) => 1 / weight) }),
  }
}

function drawn(sample: Sample): number[] {
  return seededRandom(sample.seed).shuffle(Array.from({ length: rowsOf(sample) }, (_, i) => i))
}
