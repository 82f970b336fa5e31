/** Trimmed mean and median of a panel, strip by strip (rules/trimmed-mean.ts, rules/median.ts). */
import { ROW, STRIP } from './layout'
import { highQuantile, lowQuantile, sort } from './order'
import { readStrip, rowCount } from './rows'

let weights: usize = 0
let network: usize = 0
let comparators: i32 = 0
let least: usize = 0
let most: usize = 0
let needed: f64 = 0
let strip: usize = 0
let sorted: usize = 0

/**
 * What both rules sort by.
 * @param weightsAt - `float64[m × 2]`, every weight twice: one for each lane
 * @param networkAt - leaves positions `leastAt … mostAt` and their mirror images in order
 * @param weightNeeded - a quantile is the first value by which so much weight has come
 * @param scratch - two strips of m rows
 */
export function describeOrder(
  weightsAt: usize,
  networkAt: usize,
  comparatorCount: i32,
  leastAt: i32,
  mostAt: i32,
  weightNeeded: f64,
  scratch: usize,
): void {
  weights = weightsAt
  network = networkAt
  comparators = comparatorCount
  least = <usize>leastAt * ROW
  most = <usize>mostAt * ROW
  needed = weightNeeded
  strip = scratch
  sorted = scratch + <usize>rowCount() * ROW
}

// @ts-ignore: decorator
@inline
function readSorted(from: i32): void {
  readStrip(from, strip)
  memory.copy(sorted, strip, <usize>rowCount() * ROW)
  sort(sorted, network, comparators)
}

/**
 * @param between - `W − 2·cut`
 * @param out - `float64[length]`
 */
export function trimmedMean(length: i32, cut: f64, between: f64, out: usize): void {
  const bytes = <usize>rowCount() * ROW
  const cuts = f64x2.splat(cut)
  const divisor = f64x2.splat(between)
  const enough = f64x2.splat(needed)
  for (let from = 0; from < length; from += STRIP) {
    readSorted(from)
    for (let k: usize = 0; k < ROW; k += 16) {
      const low = lowQuantile(strip + k, sorted + k, weights, bytes, least, most, enough)
      const high = highQuantile(strip + k, sorted + k, weights, bytes, least, most, enough)
      let below = f64x2.splat(0)
      let above = f64x2.splat(0)
      let inner = f64x2.splat(0)
      const end = strip + k + bytes
      let at = weights
      for (let row = strip + k; row < end; row += ROW) {
        const value = v128.load(row)
        const weight = v128.load(at)
        at += 16
        const isLow = f64x2.le(value, low)
        const isHigh = f64x2.ge(value, high)
        below = f64x2.add(below, v128.and(weight, isLow))
        above = f64x2.add(above, v128.and(weight, isHigh))
        inner = f64x2.add(inner, v128.andnot(f64x2.mul(weight, value), v128.or(isLow, isHigh)))
      }
      const lows = f64x2.mul(f64x2.sub(below, cuts), low)
      const highs = f64x2.mul(f64x2.sub(above, cuts), high)
      const mean = f64x2.div(f64x2.add(f64x2.add(lows, inner), highs), divisor)
      const clamped = f64x2.pmin(f64x2.pmax(mean, low), high)
      v128.store(out + (<usize>from << 3) + k, v128.bitselect(low, clamped, f64x2.eq(low, high)))
    }
  }
}

/** @param out - `float64[length]` */
export function median(length: i32, out: usize): void {
  const bytes = <usize>rowCount() * ROW
  const enough = f64x2.splat(needed)
  const half = f64x2.splat(0.5)
  for (let from = 0; from < length; from += STRIP) {
    readSorted(from)
    for (let k: usize = 0; k < ROW; k += 16) {
      const low = lowQuantile(strip + k, sorted + k, weights, bytes, least, most, enough)
      const high = highQuantile(strip + k, sorted + k, weights, bytes, least, most, enough)
      const middle = f64x2.mul(f64x2.add(low, high), half)
      v128.store(out + (<usize>from << 3) + k, v128.bitselect(low, middle, f64x2.eq(low, high)))
    }
  }
}
