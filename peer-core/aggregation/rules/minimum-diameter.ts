/**
 * Minimum-diameter averaging: the mean of the `n − f` rows whose largest pairwise distance is smallest.
 *
 * El Mhamdi, Guerraoui, Guirguis, Hoang, Rouault, "Genuinely Distributed Byzantine Machine Learning", PODC 2020
 * ({@link https://arxiv.org/abs/1905.03853 | arXiv:1905.03853}), after Rousseeuw 1985.
 *
 * Guarantee: with `n > 2f`, the result is within the honest diameter of an honest mean, which is near the best possible. Of several
 * minimal subsets the lexicographically first wins. Rows are counted, not weighed; the average is weighted.
 * @module
 */
import { squaredDistances } from '../geometry.ts'
import { meanOfRows } from '../mixture.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'
import { requireFewSubsets } from './subsets.ts'

/**
 * Exhaustive with pruning: up to `C(n, f)` subsets.
 * @throws {@link AggregationError} `TOO_MANY_CONTRIBUTIONS`
 */
export function minimumDiameter(sample: Sample): Float64Array {
  const n = rowsOf(sample)
  const byzantine = byzantineCount(sample)
  requireFewSubsets('minimum-diameter', n, byzantine)
  return meanOfRows(sample, tightest(squaredDistances(sample), n, n - byzantine))
}

function tightest(distances: Float64Array, n: number, size: number): number[] {
  let best: number[] = []
  let bestDiameter = Number.POSITIVE_INFINITY
  const members: number[] = []
  const grow = (next: number, diameter: number) => {
    if (members.length === size) {
      best = members.slice()
      bestDiameter = diameter
      return
    }
    for (let row = next; row <= n - (size - members.length); row++) {
      let wider = diameter
      for (const member of members) wider = Math.max(wider, distances[member * n + row]!)
      if (wider >= bestDiameter) continue // only a strictly smaller diameter replaces an earlier subset
      members.push(row)
      grow(row + 1, wider)
      members.pop()
    }
  }
  grow(0, 0)
  return best
}
