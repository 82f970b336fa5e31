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
 * The least value at or below which at least `needed` weight lies, two coordinates at a time.
 * @param rows - the strip as it is, at the coordinates in question
 * @param sorted - the sorted strip, at the same coordinates
 * @param least - the first position where it can be
 * @param most - the first position where it must be
 */
export function lowQuantile(
  rows: usize,
  sorted: usize,
  weights: usize,
  count: i32,
  least: i32,
  most: i32,
  needed: v128,
): v128 {
  let found = v128.load(sorted + <usize>most * ROW)
  for (let at = most - 1; at >= least; at--) {
    const value = v128.load(sorted + <usize>at * ROW)
    let held = f64x2.splat(0)
    let row = rows
    for (let i = 0; i < count; i++) {
      held = f64x2.add(held, v128.and(v128.load64_splat(weights + (<usize>i << 3)), f64x2.le(v128.load(row), value)))
      row += ROW
    }
    const enough = f64x2.ge(held, needed)
    if (!v128.any_true(enough)) break
    found = v128.bitselect(value, found, enough)
  }
  return found
}

/** Its mirror image: the greatest value at or above which at least `needed` weight lies; positions count from the top. */
export function highQuantile(
  rows: usize,
  sorted: usize,
  weights: usize,
  count: i32,
  least: i32,
  most: i32,
  needed: v128,
): v128 {
  const top = sorted + <usize>(count - 1) * ROW
  let found = v128.load(top - <usize>most * ROW)
  for (let at = most - 1; at >= least; at--) {
    const value = v128.load(top - <usize>at * ROW)
    let held = f64x2.splat(0)
    let row = rows
    for (let i = 0; i < count; i++) {
      held = f64x2.add(held, v128.and(v128.load64_splat(weights + (<usize>i << 3)), f64x2.ge(v128.load(row), value)))
      row += ROW
    }
    const enough = f64x2.ge(held, needed)
    if (!v128.any_true(enough)) break
    found = v128.bitselect(value, found, enough)
  }
  return found
}
