/**
 * Products: rows times panels of eight columns, five rows by eight columns at a time: ten sums keep a processor busy that gives
 * a fused multiply-add five cycles, and with two of the panel, one of the rows and a product they are all that fit in fifteen
 * registers.
 *
 * `out[r][j] = bias[j] + Σ_k source[rows[r] + taps[k]] · panels[j / 8][k][j % 8]`
 *
 * Panels lie packed (a row of eight after the other), or are columns of a matrix as it is: `step` and `panelStride` say.
 * Rows and taps are even, or tables of byte offsets, so that one kernel is a matrix as it is (taps 0, 4, 8, …), one that is
 * turned (rows 0, 4, 8, …), and a convolution without im2col: Dukhan, "The Indirect Convolution Algorithm", 2019 ({@link https://arxiv.org/abs/1907.02129}).
 * Departure: the indirection is split in two tables (row, tap), which is exact for an unpadded or pre-padded image.
 *
 * The sum of every output runs over k upwards, whatever the tile: the result does not depend on how rows are grouped.
 */
import { madd } from './madd'

/** Where a tile of a last, narrower panel is laid before its columns are copied out. */
const spill = memory.data(5 * 8 * 4, 16)

/** Bytes from a row of eight to the next in panels that lie packed. */
const PACKED: usize = 32

@inline
function rowAt(tables: bool, row: i32, rows: usize): usize {
  return tables ? <usize>load<u32>(rows + ((<usize>row) << 2)) : (<usize>row) * rows
}

@inline
function store8(at: usize, low: v128, high: v128): void {
  v128.store(at, low)
  v128.store(at, high, 16)
}

function copyRow(from: usize, to: usize, columns: i32): void {
  for (let i = 0; i < columns; i++) store<f32>(to + ((<usize>i) << 2), load<f32>(from + ((<usize>i) << 2)))
}

/**
 * Four steps of k are written out: what an engine adds to every turn of a loop, its end and a look whether it shall stop, would
 * cost an eighth. scripts/build-wasm.ts says why they stay in this order.
 *
 * @param tables - whether rows and taps are tables of byte offsets; else bytes from one to the next
 * @param packed - whether `step` is {@link PACKED}
 */
@inline
function product(
  tables: bool, packed: bool, sourceRows: usize, taps: usize, outRows: usize,
  rows: i32, depth: i32, columns: i32, source: usize,
  panels: usize, step: usize, panelStride: usize, bias: usize, out: usize, accumulate: bool,
): void {
  const last = rows - 1
  for (let column = 0; column < columns; column += 8) {
    const bias0 = bias == 0 ? f32x4.splat(0) : v128.load(bias)
    const bias1 = bias == 0 ? f32x4.splat(0) : v128.load(bias, 16)
    for (let row = 0; row < rows; row += 5) {
      // A last tile of fewer rows computes its last row several times over.
      const row1 = min(row + 1, last)
      const row2 = min(row + 2, last)
      const row3 = min(row + 3, last)
      const row4 = min(row + 4, last)
      let a0 = source + rowAt(tables, row, sourceRows)
      const a1 = source + rowAt(tables, row1, sourceRows)
      const a2 = source + rowAt(tables, row2, sourceRows)
      const a3 = source + rowAt(tables, row3, sourceRows)
      const a4 = source + rowAt(tables, row4, sourceRows)
      let c00 = bias0, c01 = bias1, c10 = bias0, c11 = bias1
      let c20 = bias0, c21 = bias1, c30 = bias0, c31 = bias1
      let c40 = bias0, c41 = bias1
      const out0 = out + rowAt(tables, row, outRows)
      const out1 = out + rowAt(tables, row1, outRows)
      const out2 = out + rowAt(tables, row2, outRows)
      const out3 = out + rowAt(tables, row3, outRows)
      const out4 = out + rowAt(tables, row4, outRows)
      if (accumulate) {
        c00 = v128.load(out0)
        c01 = v128.load(out0, 16)
        c10 = v128.load(out1)
        c11 = v128.load(out1, 16)
        c20 = v128.load(out2)
        c21 = v128.load(out2, 16)
        c30 = v128.load(out3)
        c31 = v128.load(out3, 16)
        c40 = v128.load(out4)
        c41 = v128.load(out4, 16)
      }
      // From a row to the next: one pointer moves, and what is left to hold fits in the eleven registers that a browser has.
      const d1 = a1 - a0, d2 = a2 - a1, d3 = a3 - a2, d4 = a4 - a3
      let panel = panels
      let tap = taps
      let at: usize = 0
      let a: v128, b0: v128, b1: v128
      for (const end = panel + <usize>(depth >> 2) * (step << 2); panel < end; ) {
        at = tables ? a0 + <usize>load<u32>(tap) : a0
        b0 = v128.load(panel)
        b1 = v128.load(panel, 16)
        a = v128.load32_splat(at)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        at += d1
        a = v128.load32_splat(at)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        at += d2
        a = v128.load32_splat(at)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        at += d3
        a = v128.load32_splat(at)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
        at += d4
        a = v128.load32_splat(at)
        c40 = madd(c40, a, b0)
        c41 = madd(c41, a, b1)
        if (!packed) panel += step
        if (!tables) a0 += taps
        at = tables ? a0 + <usize>load<u32>(tap, 4) : a0
        b0 = packed ? v128.load(panel, 32) : v128.load(panel)
        b1 = packed ? v128.load(panel, 48) : v128.load(panel, 16)
        a = v128.load32_splat(at)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        at += d1
        a = v128.load32_splat(at)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        at += d2
        a = v128.load32_splat(at)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        at += d3
        a = v128.load32_splat(at)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
        at += d4
        a = v128.load32_splat(at)
        c40 = madd(c40, a, b0)
        c41 = madd(c41, a, b1)
        if (!packed) panel += step
        if (!tables) a0 += taps
        at = tables ? a0 + <usize>load<u32>(tap, 8) : a0
        b0 = packed ? v128.load(panel, 64) : v128.load(panel)
        b1 = packed ? v128.load(panel, 80) : v128.load(panel, 16)
        a = v128.load32_splat(at)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        at += d1
        a = v128.load32_splat(at)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        at += d2
        a = v128.load32_splat(at)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        at += d3
        a = v128.load32_splat(at)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
        at += d4
        a = v128.load32_splat(at)
        c40 = madd(c40, a, b0)
        c41 = madd(c41, a, b1)
        if (!packed) panel += step
        if (!tables) a0 += taps
        at = tables ? a0 + <usize>load<u32>(tap, 12) : a0
        b0 = packed ? v128.load(panel, 96) : v128.load(panel)
        b1 = packed ? v128.load(panel, 112) : v128.load(panel, 16)
        a = v128.load32_splat(at)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        at += d1
        a = v128.load32_splat(at)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        at += d2
        a = v128.load32_splat(at)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        at += d3
        a = v128.load32_splat(at)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
        at += d4
        a = v128.load32_splat(at)
        c40 = madd(c40, a, b0)
        c41 = madd(c41, a, b1)
        if (!packed) panel += step
        if (!tables) a0 += taps
        if (packed) panel += 4 * PACKED
        if (tables) tap += 16
      }
      for (const end = panels + <usize>depth * step; panel < end; ) {
        at = tables ? a0 + <usize>load<u32>(tap) : a0
        b0 = v128.load(panel)
        b1 = v128.load(panel, 16)
        a = v128.load32_splat(at)
        c00 = madd(c00, a, b0)
        c01 = madd(c01, a, b1)
        at += d1
        a = v128.load32_splat(at)
        c10 = madd(c10, a, b0)
        c11 = madd(c11, a, b1)
        at += d2
        a = v128.load32_splat(at)
        c20 = madd(c20, a, b0)
        c21 = madd(c21, a, b1)
        at += d3
        a = v128.load32_splat(at)
        c30 = madd(c30, a, b0)
        c31 = madd(c31, a, b1)
        at += d4
        a = v128.load32_splat(at)
        c40 = madd(c40, a, b0)
        c41 = madd(c41, a, b1)
        if (!packed) panel += step
        if (!tables) a0 += taps
        if (packed) panel += PACKED
        if (tables) tap += 4
      }
      if (columns - column >= 8) {
        store8(out0, c00, c01)
        store8(out1, c10, c11)
        store8(out2, c20, c21)
        store8(out3, c30, c31)
        store8(out4, c40, c41)
      } else {
        store8(spill, c00, c01)
        store8(spill + 32, c10, c11)
        store8(spill + 64, c20, c21)
        store8(spill + 96, c30, c31)
        store8(spill + 128, c40, c41)
        copyRow(spill, out0, columns - column)
        copyRow(spill + 32, out1, columns - column)
        copyRow(spill + 64, out2, columns - column)
        copyRow(spill + 96, out3, columns - column)
        copyRow(spill + 128, out4, columns - column)
      }
    }
    panels += panelStride
    if (bias != 0) bias += 32
    out += 32
  }
}

/**
 * Of rows and taps wherever they lie, and packed panels one after the other.
 *
 * @param columns - of `out`
 * @param sourceRows - `rows` byte offsets; `taps`, `depth` byte offsets within a row; `outRows`, `rows` byte offsets
 * @param bias - `columns` floats, readable to a multiple of 8; none when 0
 * @param accumulate - add to what `out` holds, rather than to a bias
 */
export function gemm(
  rows: i32, depth: i32, columns: i32,
  source: usize, sourceRows: usize, taps: usize,
  panels: usize, bias: usize,
  out: usize, outRows: usize, accumulate: bool,
): void {
  product(
    true, true, sourceRows, taps, outRows, rows, depth, columns, source,
    panels, PACKED, <usize>depth * PACKED, bias, out, accumulate,
  )
}

/**
 * Of rows and taps at even distances, otherwise as {@link gemm}.
 *
 * @param columns - of `out`; eight of a panel can be read also where the last has fewer
 * @param rowStride - bytes from a row to the next; `tapStride`, from one k to the next; `outStride`, of rows of `out`
 * @param step - bytes from one k to the next in a panel; `panelStride`, from a panel to the next
 */
export function evenGemm(
  rows: i32, depth: i32, columns: i32,
  source: usize, rowStride: usize, tapStride: usize,
  panels: usize, step: usize, panelStride: usize, bias: usize,
  out: usize, outStride: usize, accumulate: bool,
): void {
  if (step == PACKED) {
    product(
      false, true, rowStride, tapStride, outStride, rows, depth, columns, source,
      panels, PACKED, panelStride, bias, out, accumulate,
    )
  } else {
    product(
      false, false, rowStride, tapStride, outStride, rows, depth, columns, source,
      panels, step, panelStride, bias, out, accumulate,
    )
  }
}
