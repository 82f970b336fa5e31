/**
 * A short product with the 2 × 2 max-pool and the ReLU behind it: the four pixels of a window by eight units stay in registers
 * until one of the four is left.
 *
 * Where a convolution's depth is that of one channel, its product spends more on writing sums and reading them again for the
 * pool than on adding them up. Where it is deep the five rows of `gemm` are quicker than four.
 */
import { madd } from './madd'
import { hasNaN } from './no-number'

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

/** Which of four pixels: 0 or 1 in the upper row, 2 or 3 in the lower. Masks of eight units are −1 or 0, in 16 bits. */
@inline
function winners8(second: v128, fourth: v128, below: v128): i64 {
  const beside = v128.bitselect(fourth, second, below)
  const winner = i16x8.sub(i16x8.sub(i16x8.sub(i16x8.splat(0), below), below), beside)
  return i64x2.extract_lane(i8x16.narrow_i16x8_u(winner, winner), 0)
}

/**
 * @param units - a multiple of 8
 * @param sourceRows - byte offsets of the four pixels of each window, in order; `taps`, of the `depth` values below a pixel
 * @param panels - `[units / 8][depth][8]`, as `packPanels` writes them
 * @param relu - whether what is below zero becomes zero
 * @param outRows - byte offset of each window's row within `out`
 * @param winners - one byte for each window and unit: which pixel had the maximum, the first where several are equal;
 * any where one is NaN
 */
export function pooledGemm(
  windows: i32, depth: i32, units: i32,
  source: usize, sourceRows: usize, taps: usize, panels: usize, bias: usize, relu: bool,
  out: usize, outRows: usize, winners: usize,
): void {
  const tapsEnd = taps + words(depth)
  for (let unit = 0; unit < units; unit += 8) {
    const bias0 = v128.load(bias)
    const bias1 = v128.load(bias, 16)
    let rows = sourceRows
    let won = winners + unit
    for (let w = 0; w < windows; w++) {
      const a0 = source + <usize>load<u32>(rows)
      const a1 = source + <usize>load<u32>(rows, 4)
      const a2 = source + <usize>load<u32>(rows, 8)
      const a3 = source + <usize>load<u32>(rows, 12)
      let c00 = bias0, c01 = bias1, c10 = bias0, c11 = bias1
      let c20 = bias0, c21 = bias1, c30 = bias0, c31 = bias1
      let panel = panels
      for (let tap = taps; tap < tapsEnd; tap += 4, panel += 32) {
        const offset = <usize>load<u32>(tap)
        const b0 = v128.load(panel)
        const b1 = v128.load(panel, 16)
        let a = v128.load32_splat(a0 + offset)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        a = v128.load32_splat(a1 + offset)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        a = v128.load32_splat(a2 + offset)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        a = v128.load32_splat(a3 + offset)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
      }
      const second0 = f32x4.gt(c10, c00), second1 = f32x4.gt(c11, c01)
      const fourth0 = f32x4.gt(c30, c20), fourth1 = f32x4.gt(c31, c21)
      const upper0 = f32x4.pmax(c00, c10), upper1 = f32x4.pmax(c01, c11)
      const lower0 = f32x4.pmax(c20, c30), lower1 = f32x4.pmax(c21, c31)
      const below0 = f32x4.gt(lower0, upper0), below1 = f32x4.gt(lower1, upper1)
      let most0 = v128.or(f32x4.pmax(upper0, lower0), hasNaN(c10, c20, c30))
      let most1 = v128.or(f32x4.pmax(upper1, lower1), hasNaN(c11, c21, c31))
      if (relu) {
        // NaN, on the left, comes out again.
        most0 = f32x4.pmax(most0, f32x4.splat(0))
        most1 = f32x4.pmax(most1, f32x4.splat(0))
      }
      const to = out + <usize>load<u32>(outRows + words(w))
      v128.store(to, most0)
      v128.store(to, most1, 16)
      const second = i16x8.narrow_i32x4_s(second0, second1)
      const fourth = i16x8.narrow_i32x4_s(fourth0, fourth1)
      store<i64>(won, winners8(second, fourth, i16x8.narrow_i32x4_s(below0, below1)))
      rows += 16
      won += units
    }
    panels += (<usize>depth) << 5
    bias += 32
    out += 32
  }
}
