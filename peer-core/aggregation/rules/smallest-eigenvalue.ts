/**
 * Smallest maximum eigenvalue averaging (SMEA): the mean of the `n − f` rows whose covariance has the smallest largest eigenvalue.
 *
 * Allouah, Guerraoui, Gupta, Pinot, Stephan, "On the Privacy-Robustness-Utility Trilemma in Distributed Learning", ICML 2023 ({@link https://arxiv.org/abs/2302.04787 | arXiv:2302.04787}).
 *
 * Guarantee: with `n > 2f`, an error of the order of the honest covariance's largest eigenvalue rather than its trace. Of several
 * minimal subsets the lexicographically first wins. Rows are counted, not weighed; the average is weighted.
 *
 * Departure: ByzFL takes one power step from a random vector; here the eigenvalue is found to float64 accuracy, in n × n.
 * @module
 */
import { rowGram } from '../geometry.ts'
import { meanOfRows } from '../mixture.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'
import { centered, dominant } from './dominant.ts'
import { requireFewSubsets } from './subsets.ts'

/**
 * Exhaustive: an eigenvalue for each of `C(n, f)` subsets, O(n³) each.
 * @throws {@link AggregationError} `TOO_MANY_CONTRIBUTIONS`
 */
export function smallestEigenvalue(sample: Sample): Float64Array {
  const n = rowsOf(sample)
  const byzantine = byzantineCount(sample)
  requireFewSubsets('smea', n, byzantine)
  const gram = rowGram(sample)
  let best: number[] = []
  let least = Number.POSITIVE_INFINITY
  for (const subset of combinations(n, n - byzantine)) {
    const { value } = dominant(centered(submatrix(gram, n, subset), equalShares(subset.length)))
    if (value < least) {
      least = value
      best = subset
    }
  }
  return meanOfRows(sample, best)
}

function submatrix(matrix: Float64Array, n: number, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows.flatMap((i) => rows.map((j) => matrix[i * n + j]!)))
}

function equalShares(n: number): Float64Array {
  return new Float64Array(n).fill(1 / n)
}

function* combinations(n: number, size: number, from = 0, chosen: readonly number[] = []): Generator<number[]> {
  if (chosen.length === size) yield [...chosen]
  else for (let i = from; i <= n - (size - chosen.length); i++) yield* combinations(n, size, i + 1, [...chosen, i])
}
