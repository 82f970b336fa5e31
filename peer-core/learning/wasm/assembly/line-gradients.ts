/**
 * The gradient of a convolution's weights where a kernel is three rows of at most four values, as on an image of one channel.
 *
 * `out[unit][line] (+)= Σ_r g[r][unit] · row_r[line]`, where a row is what lies under the pixel of gradient `r`, behind a
 * max-pool under the window's winner. So little hangs on each gradient that to list those which are not zero
 * (lists.ts) would take longer than to multiply with all.
 */
import { madd } from './madd'

@inline
function words(n: i32): usize {
  return (<usize>n) << 2
}

@inline
function underWinner(source: usize, rows: usize, winners: u32, lane: i32): usize {
  return source + <usize>load<u32>(rows + words((winners >> (lane << 3)) & 0xff))
}

@inline
function begin(at: usize, accumulate: bool): v128 {
  return accumulate ? v128.load(at) : f32x4.splat(0)
}

@inline
function lane(g: v128, i: u8): v128 {
  return i == 0
    ? v128.shuffle<f32>(g, g, 0, 0, 0, 0)
    : i == 1
      ? v128.shuffle<f32>(g, g, 1, 1, 1, 1)
      : i == 2 ? v128.shuffle<f32>(g, g, 2, 2, 2, 2) : v128.shuffle<f32>(g, g, 3, 3, 3, 3)
}

@inline
function storeSome(at: usize, value: v128, length: i32): void {
  if (length == 4) v128.store(at, value)
  else {
    store<f32>(at, f32x4.extract_lane(value, 0))
    if (length > 1) store<f32>(at, f32x4.extract_lane(value, 1), 4)
    if (length > 2) store<f32>(at, f32x4.extract_lane(value, 2), 8)
  }
}

/**
 * @param rows - of `gradients`, which are dense, `rows × units`, `units` a multiple of 4
 * @param winners - one byte for each gradient: which of the `positions` of its window had the maximum; none when 0
 * @param sourceRows - byte offsets within `source`, `positions` for each row
 * @param stride - bytes from a line to the next in the source
 * @param length - values of a line, 1 to 4; `out` is `[units][3][length]`
 */
export function lineGradients(
  rows: i32, units: i32, gradients: usize, winners: usize, positions: i32,
  source: usize, sourceRows: usize, stride: usize, length: i32,
  out: usize, accumulate: bool,
): void {
  const line = words(length)
  const filter = 3 * line
  for (let unit = 0; unit < units; unit += 4) {
    const at0 = out, at1 = out + filter, at2 = at1 + filter, at3 = at2 + filter
    let c00 = begin(at0, accumulate), c01 = begin(at0 + line, accumulate), c02 = begin(at0 + 2 * line, accumulate)
    let c10 = begin(at1, accumulate), c11 = begin(at1 + line, accumulate), c12 = begin(at1 + 2 * line, accumulate)
    let c20 = begin(at2, accumulate), c21 = begin(at2 + line, accumulate), c22 = begin(at2 + 2 * line, accumulate)
    let c30 = begin(at3, accumulate), c31 = begin(at3 + line, accumulate), c32 = begin(at3 + 2 * line, accumulate)
    let gradient = gradients + words(unit)
    let winner = winners + unit
    let row = sourceRows
    for (let r = 0; r < rows; r++) {
      const g = v128.load(gradient)
      const w = winners == 0 ? 0 : load<u32>(winner)
      let x = underWinner(source, row, w, 0)
      let a = lane(g, 0)
      c00 = madd(c00, a, v128.load(x))
      c01 = madd(c01, a, v128.load(x + stride))
      c02 = madd(c02, a, v128.load(x + 2 * stride))
      x = underWinner(source, row, w, 1)
      a = lane(g, 1)
      c10 = madd(c10, a, v128.load(x))
      c11 = madd(c11, a, v128.load(x + stride))
      c12 = madd(c12, a, v128.load(x + 2 * stride))
      x = underWinner(source, row, w, 2)
      a = lane(g, 2)
      c20 = madd(c20, a, v128.load(x))
      c21 = madd(c21, a, v128.load(x + stride))
      c22 = madd(c22, a, v128.load(x + 2 * stride))
      x = underWinner(source, row, w, 3)
      a = lane(g, 3)
      c30 = madd(c30, a, v128.load(x))
      c31 = madd(c31, a, v128.load(x + stride))
      c32 = madd(c32, a, v128.load(x + 2 * stride))
      gradient += words(units)
      winner += units
      row += words(positions)
    }
    storeSome(at0, c00, length)
    storeSome(at0 + line, c01, length)
    storeSome(at0 + 2 * line, c02, length)
    storeSome(at1, c10, length)
    storeSome(at1 + line, c11, length)
    storeSome(at1 + 2 * line, c12, length)
    storeSome(at2, c20, length)
    storeSome(at2 + line, c21, length)
    storeSome(at2 + 2 * line, c22, length)
    storeSome(at3, c30, length)
    storeSome(at3 + line, c31, length)
    storeSome(at3 + 2 * line, c32, length)
    out += 4 * filter
  }
}
