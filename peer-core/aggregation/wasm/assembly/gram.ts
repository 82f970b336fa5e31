/**
 * Inner products of all pairs of sources: tiles of 3 × 3 pairs, nine sums in registers. Lane 0 holds even coordinates and lane 1 odd ones,
 * which is the order of summation (ORDER.md, rule 2) as it stands.
 */
import { BLOCK, BLOCK_STRIDE } from './layout'

/**
 * Adds a panel's products.
 * @param length - coordinates, a multiple of 16; short panels are padded with zeros
 * @param scratch - `float64[⌈n/3⌉·3 × BLOCK_STRIDE / 8]`; rows from n on must be zero
 * @param out - `float64[N × N]`, `N = ⌈n/3⌉·3`; the lower triangle of tiles is filled
 */
export function gram(panel: usize, stride: usize, n: i32, length: i32, scratch: usize, out: usize): void {
  const padded = ((n + 2) / 3) * 3
  for (let from = 0; from < length; from += BLOCK) {
    const count = min(BLOCK, length - from)
    for (let i = 0; i < n; i++) {
      widen(panel + <usize>i * stride + (<usize>from << 2), scratch + <usize>i * BLOCK_STRIDE, count)
    }
    for (let i = 0; i < padded; i += 3) {
      for (let j = 0; j <= i; j += 3) {
        tile(
          scratch + <usize>i * BLOCK_STRIDE,
          scratch + <usize>j * BLOCK_STRIDE,
          <usize>count << 3,
          out + (<usize>(i * padded + j) << 3),
          <usize>padded << 3,
        )
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function widen(from: usize, to: usize, count: i32): void {
  const end = from + (<usize>count << 2)
  while (from < end) {
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from)))
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from, 8)), 16)
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from, 16)), 32)
    v128.store(to, f64x2.promote_low_f32x4(v128.load64_zero(from, 24)), 48)
    from += 32
    to += 64
  }
}

function tile(x: usize, y: usize, bytes: usize, out: usize, outStride: usize): void {
  let s00 = f64x2.splat(0)
  let s01 = f64x2.splat(0)
  let s02 = f64x2.splat(0)
  let s10 = f64x2.splat(0)
  let s11 = f64x2.splat(0)
  let s12 = f64x2.splat(0)
  let s20 = f64x2.splat(0)
  let s21 = f64x2.splat(0)
  let s22 = f64x2.splat(0)
  const end = x + bytes
  while (x < end) {
    const y0 = v128.load(y)
    const y1 = v128.load(y, BLOCK_STRIDE)
    const y2 = v128.load(y, 2 * BLOCK_STRIDE)
    const x0 = v128.load(x)
    s00 = f64x2.add(s00, f64x2.mul(x0, y0))
    s01 = f64x2.add(s01, f64x2.mul(x0, y1))
    s02 = f64x2.add(s02, f64x2.mul(x0, y2))
    const x1 = v128.load(x, BLOCK_STRIDE)
    s10 = f64x2.add(s10, f64x2.mul(x1, y0))
    s11 = f64x2.add(s11, f64x2.mul(x1, y1))
    s12 = f64x2.add(s12, f64x2.mul(x1, y2))
    const x2 = v128.load(x, 2 * BLOCK_STRIDE)
    s20 = f64x2.add(s20, f64x2.mul(x2, y0))
    s21 = f64x2.add(s21, f64x2.mul(x2, y1))
    s22 = f64x2.add(s22, f64x2.mul(x2, y2))
    x += 16
    y += 16
  }
  addLanes(out, s00)
  addLanes(out + 8, s01)
  addLanes(out + 16, s02)
  out += outStride
  addLanes(out, s10)
  addLanes(out + 8, s11)
  addLanes(out + 16, s12)
  out += outStride
  addLanes(out, s20)
  addLanes(out + 8, s21)
  addLanes(out + 16, s22)
}

// @ts-ignore: decorator
@inline
function addLanes(at: usize, lanes: v128): void {
  store<f64>(at, load<f64>(at) + (f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1)))
}
