/**
 * Per coordinate, the mean of the values closest to a center, holding a given weight in all. The step that Bulyan and Meamed share
 * (and Flower's `_aggregate_n_closest_weights`).
 *
 * Rows are taken by `(|x − center|, index)`; the last one counts for what is left of the weight. The sum goes in that order.
 * @module
 */
import { STRIDE } from '../geometry.ts'
import { rowsOf, type Sample } from '../sample.ts'
import { takeInOrder } from '../weights.ts'

/** @returns a function: coordinate k of a block and its center → the mean of the closest values that hold `quota` together */
export function closestMean(sample: Sample, quota: number): (block: Float64Array, k: number, center: number) => number {
  const { weights, total } = sample
  const rows = rowsOf(sample)
  const distances = new Float64Array(rows)
  const order = new Int32Array(rows)
  return (block, k, center) => {
    for (let i = 0; i < rows; i++) {
      const distance = Math.abs(block[i * STRIDE + k]! - center)
      let at = i - 1
      while (at >= 0 && distances[at]! > distance) {
        distances[at + 1] = distances[at]!
        order[at + 1] = order[at]!
        at--
      }
      distances[at + 1] = distance
      order[at + 1] = i
    }
    let sum = 0
    const held = takeInOrder(order, weights, { quota, total }, (row, taken) => {
      sum += taken * block[row * STRIDE + k]!
    })
    return sum / held
  }
}
