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
 * `((‖x ≤ L‖ − b)·L + Σ wᵢxᵢ + (‖x ≥ U‖ − b)·U) / (W − 2b)`, the sum over `L < xᵢ < U` in the order of rows, clamped to `[L, U]`, and L
 * itself when `L = U`. Nothing in it depends on how a sort arranged equal values.
 * @module
 */
import { overBlocks } from '../blocks.ts'
import { BLOCK } from '../geometry.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'

/**
 * @param cut - weight cut off each end, `2·cut < W`; the sample's Byzantine weight unless given
 * @returns `float64[d]`; O(nd + d·f²) time for f rows in the cut, O(f) extra space
 */
export function trimmedMean(sample: Sample, cut: number = sample.byzantineWeight): Float64Array {
  const { weights, total } = sample
  const rows = rowsOf(sample)
  // Any that many rows weigh more than the cut, so L is among the lowest of them and U among the highest.
  const enough = byzantineCount({ ...sample, byzantineWeight: cut }) + 1
  const lowest = new Ends(enough)
  const highest = new Ends(enough)
  const between = total - 2 * cut
  return overBlocks(sample, (block, from, length, out) => {
    for (let k = 0; k < length; k++) {
      lowest.clear()
      highest.clear()
      for (let i = 0; i < rows; i++) {
        const value = block[i * BLOCK + k]!
        if (value < lowest.bound) lowest.insert(value, weights[i]!)
        if (-value < highest.bound) highest.insert(-value, weights[i]!)
      }
      const low = lowest.beyond(cut)
      const high = -highest.beyond(cut)
      if (low === high) {
        out[from + k] = low
        continue
      }
      let below = 0
      let above = 0
      let inner = 0
      for (let i = 0; i < rows; i++) {
        const value = block[i * BLOCK + k]!
        if (value <= low) below += weights[i]!
        else if (value >= high) above += weights[i]!
        else inner += weights[i]! * value
      }
      const result = ((below - cut) * low + inner + (above - cut) * high) / between
      out[from + k] = Math.min(Math.max(result, low), high)
    }
  })
}

/** The `size` least values seen, ascending, with their weights. */
class Ends {
  /** nothing at or above it needs to be inserted */
  bound = Number.POSITIVE_INFINITY
  readonly #values: Float64Array
  readonly #weights: Float64Array
  #held = 0

  constructor(size: number) {
    this.#values = new Float64Array(size)
    this.#weights = new Float64Array(size)
  }

  clear(): void {
    this.#held = 0
    this.bound = Number.POSITIVE_INFINITY
  }

  insert(value: number, weight: number): void {
    const values = this.#values
    const weights = this.#weights
    const full = this.#held === values.length
    let at = full ? this.#held - 2 : this.#held - 1
    while (at >= 0 && values[at]! > value) {
      values[at + 1] = values[at]!
      weights[at + 1] = weights[at]!
      at--
    }
    values[at + 1] = value
    weights[at + 1] = weight
    if (!full) this.#held++
    if (this.#held === values.length) this.bound = values[this.#held - 1]!
  }

  /** The least value at or below which more than `cut` lies. */
  beyond(cut: number): number {
    let at = 0
    let held = this.#weights[0]!
    while (held <= cut) held += this.#weights[++at]!
    return this.#values[at]!
  }
}
