/**
 * Order statistics of every coordinate at once: a comparator network over the rows of a strip, then, where weights differ, the weighted
 * quantile among the few positions where it can be.
 */
import { ROW } from './layout'

/**
 * Runs a network over a strip, in place.
 * @param network - per comparator `u32 a`, `u32 b`: byte offsets of two rows. The smaller goes to a, the greater to b. The two lowest bits
 * of a say what is wanted: 0 both, 1 the smaller only, 2 the greater only
 */
export function sort(strip: usize, network: usize, comparators: i32): void {
  const end = network + (<usize>comparators << 3)
  for (; network < end; network += 8) {
    const word = load<u32>(network)
    const a = strip + <usize>(word & ~3)
    const b = strip + <usize>load<u32>(network, 4)
    const wanted = word & 3
    if (wanted == 0) {
      exchange(a, b)
      exchange(a + 16, b + 16)
      exchange(a + 32, b + 32)
      exchange(a + 48, b + 48)
      exchange(a + 64, b + 64)
      exchange(a + 80, b + 80)
      exchange(a + 96, b + 96)
      exchange(a + 112, b + 112)
    } else if (wanted == 1) {
      keepLow(a, b)
      keepLow(a + 16, b + 16)
      keepLow(a + 32, b + 32)
      keepLow(a + 48, b + 48)
      keepLow(a + 64, b + 64)
      keepLow(a + 80, b + 80)
      keepLow(a + 96, b + 96)
      keepLow(a + 112, b + 112)
    } else {
      keepHigh(a, b)
      keepHigh(a + 16, b + 16)
      keepHigh(a + 32, b + 32)
      keepHigh(a + 48, b + 48)
      keepHigh(a + 64, b + 64)
      keepHigh(a + 80, b + 80)
      keepHigh(a + 96, b + 96)
      keepHigh(a + 112, b + 112)
    }
  }
}

// @ts-ignore: decorator
@inline
function exchange(a: usize, b: usize): void {
  const x = v128.load(a)
  const y = v128.load(b)
  v128.store(a, f64x2.pmin(x, y))
  v128.store(b, f64x2.pmax(x, y))
}

// @ts-ignore: decorator
@inline
function keepLow(a: usize, b: usize): void {
  v128.store(a, f64x2.pmin(v128.load(a), v128.load(b)))
}

// @ts-ignore: decorator
@inline
function keepHigh(a: usize, b: usize): void {
  v128.store(b, f64x2.pmax(v128.load(a), v128.load(b)))
}

/**
 * The least value at or below which at least `needed` weight lies, two coordinates at a time. Four candidates are weighed in one go over
 * the rows, from the greatest down; with reputation in [1/2, 1] that is mostly all of them.
 * @param rows - the strip as it is, at the coordinates in question
 * @param sorted - the sorted strip, at the same coordinates
 * @param weights - each row's weight in both lanes
 * @param bytes - of all rows
 * @param least - offset of the first row where it can be
 * @param most - offset of the first row where it must be
 */
export function lowQuantile(
  rows: usize,
  sorted: usize,
  weights: usize,
  bytes: usize,
  least: usize,
  most: usize,
  needed: v128,
): v128 {
  let found = v128.load(sorted + most)
  const end = rows + bytes
  while (most > least) {
    const v1 = v128.load(sorted + below(most, 1 * ROW, least))
    const v2 = v128.load(sorted + below(most, 2 * ROW, least))
    const v3 = v128.load(sorted + below(most, 3 * ROW, least))
    const v4 = v128.load(sorted + below(most, 4 * ROW, least))
    let held1 = f64x2.splat(0)
    let held2 = f64x2.splat(0)
    let held3 = f64x2.splat(0)
    let held4 = f64x2.splat(0)
    let weight = weights
    for (let row = rows; row < end; row += ROW) {
      const x = v128.load(row)
      const w = v128.load(weight)
      held1 = f64x2.add(held1, v128.and(w, f64x2.le(x, v1)))
      held2 = f64x2.add(held2, v128.and(w, f64x2.le(x, v2)))
      held3 = f64x2.add(held3, v128.and(w, f64x2.le(x, v3)))
      held4 = f64x2.add(held4, v128.and(w, f64x2.le(x, v4)))
      weight += 16
    }
    found = v128.bitselect(v1, found, f64x2.ge(held1, needed))
    found = v128.bitselect(v2, found, f64x2.ge(held2, needed))
    found = v128.bitselect(v3, found, f64x2.ge(held3, needed))
    const last = f64x2.ge(held4, needed)
    found = v128.bitselect(v4, found, last)
    if (!v128.any_true(last)) break
    most = below(most, 4 * ROW, least)
  }
  return found
}

/** Its mirror image: the greatest value at or above which at least `needed` weight lies. */
export function highQuantile(
  rows: usize,
  sorted: usize,
  weights: usize,
  bytes: usize,
  least: usize,
  most: usize,
  needed: v128,
): v128 {
  const top = sorted + bytes - ROW
  let found = v128.load(top - most)
  const end = rows + bytes
  while (most > least) {
    const v1 = v128.load(top - below(most, 1 * ROW, least))
    const v2 = v128.load(top - below(most, 2 * ROW, least))
    const v3 = v128.load(top - below(most, 3 * ROW, least))
    const v4 = v128.load(top - below(most, 4 * ROW, least))
    let held1 = f64x2.splat(0)
    let held2 = f64x2.splat(0)
    let held3 = f64x2.splat(0)
    let held4 = f64x2.splat(0)
    let weight = weights
    for (let row = rows; row < end; row += ROW) {
      const x = v128.load(row)
      const w = v128.load(weight)
      held1 = f64x2.add(held1, v128.and(w, f64x2.ge(x, v1)))
      held2 = f64x2.add(held2, v128.and(w, f64x2.ge(x, v2)))
      held3 = f64x2.add(held3, v128.and(w, f64x2.ge(x, v3)))
      held4 = f64x2.add(held4, v128.and(w, f64x2.ge(x, v4)))
      weight += 16
    }
    found = v128.bitselect(v1, found, f64x2.ge(held1, needed))
    found = v128.bitselect(v2, found, f64x2.ge(held2, needed))
    found = v128.bitselect(v3, found, f64x2.ge(held3, needed))
    const last = f64x2.ge(held4, needed)
    found = v128.bitselect(v4, found, last)
    if (!v128.any_true(last)) break
    most = below(most, 4 * ROW, least)
  }
  return found
}

// @ts-ignore: decorator
@inline
function below(offset: usize, by: usize, least: usize): usize {
  return offset >= least + by ? offset - by : least
}
