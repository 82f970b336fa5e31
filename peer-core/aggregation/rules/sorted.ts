/**
 * Sorting one coordinate of all rows, without allocation.
 * @module
 */
import { STRIDE } from '../geometry.ts'
import { rowsOf, type Sample } from '../sample.ts'
import { halfOf } from '../weights.ts'

/** One coordinate of every row by ascending value, with the weights carried along. */
export interface Column {
  readonly values: Float64Array
  readonly weights: Float64Array
}

/**
 * @returns a function that sorts coordinate k of a block into `column`; insertion sort, the fastest for the tens of rows of a cohort
 */
export function columnSorter(sample: Sample, column: Column): (block: Float64Array, k: number) => void {
  const rows = rowsOf(sample)
  const { values, weights } = column
  return (block, k) => {
    for (let i = 0; i < rows; i++) {
      const value = block[i * STRIDE + k]!
      let at = i - 1
      while (at >= 0 && values[at]! > value) {
        values[at + 1] = values[at]!
        weights[at + 1] = weights[at]!
        at--
      }
      values[at + 1] = value
      weights[at + 1] = sample.weights[i]!
    }
  }
}

export function columnOf(sample: Sample): Column {
  return { values: new Float64Array(rowsOf(sample)), weights: new Float64Array(rowsOf(sample)) }
}

/** The weighted median of a sorted column: the mean of the least value at or below which half the weight lies and its mirror image. */
export function medianOf({ values, weights }: Column, total: number): number {
  const half = halfOf(total)
  let low = 0
  for (let held = weights[0]!; held < half; ) held += weights[++low]!
  let high = values.length - 1
  for (let held = weights[high]!; held < half; ) held += weights[--high]!
  return values[low] === values[high] ? values[low]! : (values[low]! + values[high]!) / 2
}
