/** Distances to a center and steps towards rows (blocks.ts, rules/centered-clipping.ts). */
import { BLOCK, ROW, STRIP } from './layout'
import { readStrip, rowCount } from './rows'

/**
 * Adds a panel's squared distances of every row to a center.
 * @param center - `float64[length]`
 * @param scratch - a strip of m rows
 * @param lanes - `float64[m × 2]`, zero between blocks
 * @param totals - `float64[m]`
 */
export function squaredDistances(length: i32, center: usize, scratch: usize, lanes: usize, totals: usize): void {
  for (let from = 0; from < length; from += STRIP) {
    readStrip(from, scratch)
    addSquares(center + (<usize>from << 3), scratch, lanes)
    endOfBlock(from, length, lanes, totals)
  }
}

/**
 * One step of centered clipping, in place: `center += Σᵢ pulls[i]·(row i − center) / total`, and, when `totals` is given, the squared
 * distances to where it moved.
 */
export function pull(
  length: i32,
  center: usize,
  pulls: usize,
  total: f64,
  scratch: usize,
  lanes: usize,
  totals: usize,
): void {
  for (let from = 0; from < length; from += STRIP) {
    readStrip(from, scratch)
    const here = center + (<usize>from << 3)
    move(here, scratch, pulls, total)
    if (totals) {
      addSquares(here, scratch, lanes)
      endOfBlock(from, length, lanes, totals)
    }
  }
}

function move(here: usize, strip: usize, pulls: usize, total: f64): void {
  const m = rowCount()
  const divisor = f64x2.splat(total)
  for (let half: usize = 0; half < ROW; half += 64) {
    const at = here + half
    const h0 = v128.load(at)
    const h1 = v128.load(at, 16)
    const h2 = v128.load(at, 32)
    const h3 = v128.load(at, 48)
    let a = f64x2.splat(0)
    let b = f64x2.splat(0)
    let c = f64x2.splat(0)
    let d = f64x2.splat(0)
    let row = strip + half
    for (let i = 0; i < m; i++) {
      const by = v128.load64_splat(pulls + (<usize>i << 3))
      a = f64x2.add(a, f64x2.mul(by, f64x2.sub(v128.load(row), h0)))
      b = f64x2.add(b, f64x2.mul(by, f64x2.sub(v128.load(row, 16), h1)))
      c = f64x2.add(c, f64x2.mul(by, f64x2.sub(v128.load(row, 32), h2)))
      d = f64x2.add(d, f64x2.mul(by, f64x2.sub(v128.load(row, 48), h3)))
      row += ROW
    }
    v128.store(at, f64x2.add(h0, f64x2.div(a, divisor)))
    v128.store(at, f64x2.add(h1, f64x2.div(b, divisor)), 16)
    v128.store(at, f64x2.add(h2, f64x2.div(c, divisor)), 32)
    v128.store(at, f64x2.add(h3, f64x2.div(d, divisor)), 48)
  }
}

function addSquares(center: usize, strip: usize, lanes: usize): void {
  const m = rowCount()
  const c0 = v128.load(center)
  const c1 = v128.load(center, 16)
  const c2 = v128.load(center, 32)
  const c3 = v128.load(center, 48)
  const c4 = v128.load(center, 64)
  const c5 = v128.load(center, 80)
  const c6 = v128.load(center, 96)
  const c7 = v128.load(center, 112)
  for (let i = 0; i < m; i++) {
    const lane = lanes + (<usize>i << 4)
    let total = v128.load(lane)
    total = addSquare(total, v128.load(strip), c0)
    total = addSquare(total, v128.load(strip, 16), c1)
    total = addSquare(total, v128.load(strip, 32), c2)
    total = addSquare(total, v128.load(strip, 48), c3)
    total = addSquare(total, v128.load(strip, 64), c4)
    total = addSquare(total, v128.load(strip, 80), c5)
    total = addSquare(total, v128.load(strip, 96), c6)
    total = addSquare(total, v128.load(strip, 112), c7)
    v128.store(lane, total)
    strip += ROW
  }
}

// @ts-ignore: decorator
@inline
function addSquare(total: v128, x: v128, c: v128): v128 {
  const difference = f64x2.sub(x, c)
  return f64x2.add(total, f64x2.mul(difference, difference))
}

// @ts-ignore: decorator
@inline
function endOfBlock(from: i32, length: i32, lanes: usize, totals: usize): void {
  const next = from + STRIP
  if (next % BLOCK != 0 && next < length) return
  const m = rowCount()
  for (let i = 0; i < m; i++) {
    const lane = lanes + (<usize>i << 4)
    const total = totals + (<usize>i << 3)
    store<f64>(total, load<f64>(total) + (load<f64>(lane) + load<f64>(lane, 8)))
    v128.store(lane, f64x2.splat(0))
  }
}
