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
 * Numbers. With L the least value at or below which more than `b` lies, and U its mirror image, the result is
 * `(((‖x ≤ L‖ − b)·L + Σ wᵢxᵢ) + (‖x ≥ U‖ − b)·U) / (W − 2b)`, the sum over `L < xᵢ < U` in the order of rows, clamped to `[L, U]`, and L
 * itself when `L = U`. Nothing in it depends on how a sort arranged equal values.
 * @module
 */
import { overBlocks } from '../blocks.ts'
import { STRIDE } from '../geometry.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'
import { mostOf } from '../weights.ts'

/**
 * @param cut - weight cut off each end, `2·cut < W`; the sample's Byzantine weight unless given
 * @returns `float64[d]`; O(nd + d·f²) time for f rows in the cut, O(f) extra space
 */
export function trimmedMean(sample: Sample, cut: number = sample.byzantineWeight): Float64Array {
  const { weights, total } = sample
  const rows = rowsOf(sample)
  // Any that many rows weigh more than the cut, so L is among the least of them and U among the greatest.
  const enough = byzantineCount({ ...sample, byzantineWeight: cut }) + 1
  const least = endOf(enough)
  const greatest = endOf(enough) // of the negated values
  const between = total - 2 * cut
  const most = mostOf(cut, total)
  return overBlocks(sample, (block, from, length, out) => {
    for (let k = 0; k < length; k++) {
      clear(least)
      clear(greatest)
      for (let i = 0; i < rows; i++) {
        const value = block[i * STRIDE + k]!
        if (value < least.values[enough - 1]!) insert(least, value, weights[i]!)
        if (-value < greatest.values[enough - 1]!) insert(greatest, -value, weights[i]!)
      }
      const low = beyond(least, most)
      const high = -beyond(greatest, most)
      if (low === high) {
        out[from + k] = low
        continue
      }
      let below = 0
      let above = 0
      let inner = 0
      for (let i = 0; i < rows; i++) {
        const value = block[i * STRIDE + k]!
        if (value <= low) below += weights[i]!
        else if (value >= high) above += weights[i]!
        else inner += weights[i]! * value
      }
      const result = ((below - cut) * low + inner + (above - cut) * high) / between
      out[from + k] = Math.min(Math.max(result, low), high)
    }
  })
}

/** The least values seen so far, ascending, with their weights; places not taken yet hold +∞. */
interface End {
  readonly values: Float64Array
  readonly weights: Float64Array
}

function endOf(size: number): End {
  return { values: new Float64Array(size), weights: new Float64Array(size) }
}

function clear({ values }: End): void {
  for (let i = 0; i < values.length; i++) values[i] = Number.POSITIVE_INFINITY
}

/** The greatest one falls out. */
function insert({ values, weights }: End, value: number, weight: number): void {
  let at = values.length - 2
  while (at >= 0 && values[at]! > value) {
    values[at + 1] = values[at]!
    weights[at + 1] = weights[at]!
    at--
  }
  values[at + 1] = value
  weights[at + 1] = weight
}

/** The least value at or below which more than `most` lies. */
function beyond({ values, weights }: End, most: number): number {
  let at = 0
  let held = weights[0]!
  while (held <= most) held += weights[++at]!
  return values[at]!
}
