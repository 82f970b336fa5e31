/**
 * Bulyan: Krum again and again until `θ = n − 2f` rows are chosen, then per coordinate the mean of the `β = θ − 2f` values closest to the
 * median of the chosen.
 *
 * El Mhamdi, Guerraoui, Rouault, "The Hidden Vulnerability of Distributed Learning in Byzantium", ICML 2018
 * ({@link https://arxiv.org/abs/1802.07927 | arXiv:1802.07927}); Krum as in Flower: over the rows that are left, `max(1, left − f − 2)`
 * neighbours.
 *
 * Guarantee: with `n ≥ 4f + 3`, the leeway of a liar in one coordinate shrinks as `1/√d`. Rows are counted, not weighed.
 * @module
 */
import { overBlocks } from '../blocks.ts'
import { ascending, STRIDE, squaredDistances } from '../geometry.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'
import { closestMean } from './closest.ts'
import { krumScores } from './krum.ts'
import { columnOf, columnSorter, medianOf } from './sorted.ts'

/** O(n²d + n³ log n) time. Needs `n > 4f` to have anything left to average. */
export function bulyan(sample: Sample): Float64Array {
  const byzantine = byzantineCount(sample)
  const theta = rowsOf(sample) - 2 * byzantine
  const chosen = chooseRows(sample, byzantine, theta)
  const subset: Sample = { ...sample, weights: new Float64Array(theta).fill(1), total: theta }
  const column = columnOf(subset)
  const sort = columnSorter(subset, column)
  const closest = closestMean(subset, theta - 2 * byzantine)
  const picked = new Float64Array(theta * STRIDE)
  return overBlocks(sample, (block, from, length, out) => {
    chosen.forEach((row, i) => {
      picked.set(block.subarray(row * STRIDE, row * STRIDE + length), i * STRIDE)
    })
    for (let k = 0; k < length; k++) {
      sort(picked, k)
      out[from + k] = closest(picked, k, medianOf(column, theta))
    }
  })
}

function chooseRows(sample: Sample, byzantine: number, count: number): number[] {
  const distances = squaredDistances(sample)
  let left = Array.from({ length: rowsOf(sample) }, (_, i) => i)
  const chosen: number[] = []
  while (chosen.length < count) {
    const best = left[ascending(krumScores(distances, left, byzantine, 'blanchard'))[0]!]!
    chosen.push(best)
    left = left.filter((row) => row !== best)
  }
  return chosen.sort((i, j) => i - j)
}
