/**
 * Moving numbers between layouts: transposes, panels, rows within a border.
 */

@inline
function floats(n: i32): usize {
  return (<usize>n) << 2
}

/** 4 × 4 floats, transposed: four rows of `from` become four rows of `to`. Strides in bytes. */
@inline
function transpose4(f0: usize, f1: usize, f2: usize, f3: usize, to: usize, stride: usize): void {
  const r0 = v128.load(f0)
  const r1 = v128.load(f1)
  const r2 = v128.load(f2)
  const r3 = v128.load(f3)
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5)
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5)
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5))
  v128.store(to + stride, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7))
  v128.store(to + 2 * stride, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5))
  v128.store(to + 3 * stride, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7))
}

/** `to[c][r] = from[r][c]`, both dense. */
export function transpose(rows: i32, columns: i32, from: usize, to: usize): void {
  const stride = floats(columns)
  const toStride = floats(rows)
  let r = 0
  for (; r + 4 <= rows; r += 4) {
    const f = from + (<usize>r) * stride
    const t = to + floats(r)
    let c = 0
    for (; c + 4 <= columns; c += 4) {
      const at = f + floats(c)
      transpose4(at, at + stride, at + 2 * stride, at + 3 * stride, t + (<usize>c) * toStride, toStride)
    }
    for (; c < columns; c++) {
      const at = f + floats(c)
      const into = t + (<usize>c) * toStride
      for (let i = 0; i < 4; i++) store<f32>(into + floats(i), load<f32>(at + (<usize>i) * stride))
    }
  }
  for (; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      store<f32>(to + (<usize>c) * toStride + floats(r), load<f32>(from + (<usize>r) * stride + floats(c)))
    }
  }
}

/**
 * Weights `[units][depth]` as the panels that `gemm` reads, `[⌈units / 8⌉][depth][8]`. A last panel of fewer units
 * repeats its last one; nothing reads those columns.
 *
 * @param stride - bytes from a unit to the next
 */
export function packPanels(units: i32, depth: i32, weights: usize, stride: usize, panels: usize): void {
  const bytes = floats(depth)
  const last = units - 1
  for (let unit = 0; unit < units; unit += 8) {
    const w0 = weights + (<usize>unit) * stride
    const w1 = weights + (<usize>min(unit + 1, last)) * stride
    const w2 = weights + (<usize>min(unit + 2, last)) * stride
    const w3 = weights + (<usize>min(unit + 3, last)) * stride
    const w4 = weights + (<usize>min(unit + 4, last)) * stride
    const w5 = weights + (<usize>min(unit + 5, last)) * stride
    const w6 = weights + (<usize>min(unit + 6, last)) * stride
    const w7 = weights + (<usize>min(unit + 7, last)) * stride
    let k: usize = 0
    for (; k + 16 <= bytes; k += 16) {
      transpose4(w0 + k, w1 + k, w2 + k, w3 + k, panels, 32)
      transpose4(w4 + k, w5 + k, w6 + k, w7 + k, panels + 16, 32)
      panels += 128
    }
    for (; k < bytes; k += 4) {
      store<f32>(panels, load<f32>(w0 + k))
      store<f32>(panels, load<f32>(w1 + k), 4)
      store<f32>(panels, load<f32>(w2 + k), 8)
      store<f32>(panels, load<f32>(w3 + k), 12)
      store<f32>(panels, load<f32>(w4 + k), 16)
      store<f32>(panels, load<f32>(w5 + k), 20)
      store<f32>(panels, load<f32>(w6 + k), 24)
      store<f32>(panels, load<f32>(w7 + k), 28)
      panels += 32
    }
  }
}

/**
 * Rows of floats as the panels that `gemm` reads, eight columns side by side. Of a last panel of fewer columns the rest is
 * whatever follows; nothing reads those columns.
 *
 * @param stride - bytes from a row to the next; `panelStride`, from a panel to the next
 */
export function packColumns(
  rows: i32, columns: i32, from: usize, stride: usize, panels: usize, panelStride: usize,
): void {
  for (let c = 0; c < columns; c += 8) {
    let at = from + floats(c)
    let to = panels
    for (let r = 0; r < rows; r++, at += stride, to += 32) {
      v128.store(to, v128.load(at))
      v128.store(to, v128.load(at, 16), 16)
    }
    panels += panelStride
  }
}

/** As `memory.copy`, which is a call out of the program: too much for the few vectors of a row. */
@inline
function copyFloats(to: usize, from: usize, count: i32): void {
  let c = 0
  for (; c + 4 <= count; c += 4, from += 16, to += 16) v128.store(to, v128.load(from))
  for (; c < count; c++, from += 4, to += 4) store<f32>(to, load<f32>(from))
}

/** Rows of floats, laid at `to + toRows[r]`. */
export function copyRows(rows: i32, columns: i32, from: usize, to: usize, toRows: usize): void {
  for (let r = 0; r < rows; r++) {
    copyFloats(to + <usize>load<u32>(toRows + floats(r)), from, columns)
    from += floats(columns)
  }
}

export function zero(at: usize, bytes: usize): void {
  memory.fill(at, 0, bytes)
}

export function copy(from: usize, to: usize, bytes: usize): void {
  memory.copy(to, from, bytes)
}

/** Rows of floats from place to place. */
export function moveRows(rows: i32, columns: i32, from: usize, fromRows: usize, to: usize, toRows: usize): void {
  for (let r = 0; r < rows; r++) {
    const row = from + <usize>load<u32>(fromRows + floats(r))
    copyFloats(to + <usize>load<u32>(toRows + floats(r)), row, columns)
  }
}

/** Adds rows of floats to others. */
export function addRows(rows: i32, columns: i32, from: usize, fromRows: usize, to: usize, toRows: usize): void {
  for (let r = 0; r < rows; r++) {
    let a = from + <usize>load<u32>(fromRows + floats(r))
    let b = to + <usize>load<u32>(toRows + floats(r))
    let c = 0
    for (; c + 4 <= columns; c += 4, a += 16, b += 16) v128.store(b, f32x4.add(v128.load(b), v128.load(a)))
    for (; c < columns; c++, a += 4, b += 4) store<f32>(b, load<f32>(b) + load<f32>(a))
  }
}

/** `out[c] (+)= Σ_r values[r][c]`, of dense values, rows from the first on. */
export function columnSums(rows: i32, columns: i32, values: usize, out: usize, accumulate: bool): void {
  const stride = floats(columns)
  if (!accumulate) memory.fill(out, 0, stride)
  let c = 0
  // Four sums side by side: a single one would wait for its own last addition.
  for (; c + 16 <= columns; c += 16) {
    const to = out + floats(c)
    let s0 = v128.load(to), s1 = v128.load(to, 16), s2 = v128.load(to, 32), s3 = v128.load(to, 48)
    let at = values + floats(c)
    for (let r = 0; r < rows; r++, at += stride) {
      s0 = f32x4.add(s0, v128.load(at))
      s1 = f32x4.add(s1, v128.load(at, 16))
      s2 = f32x4.add(s2, v128.load(at, 32))
      s3 = f32x4.add(s3, v128.load(at, 48))
    }
    v128.store(to, s0)
    v128.store(to, s1, 16)
    v128.store(to, s2, 32)
    v128.store(to, s3, 48)
  }
  for (; c + 4 <= columns; c += 4) {
    let sum = v128.load(out + floats(c))
    let at = values + floats(c)
    for (let r = 0; r < rows; r++, at += stride) sum = f32x4.add(sum, v128.load(at))
    v128.store(out + floats(c), sum)
  }
  for (; c < columns; c++) {
    let sum = load<f32>(out + floats(c))
    let at = values + floats(c)
    for (let r = 0; r < rows; r++, at += stride) sum += load<f32>(at)
    store<f32>(out + floats(c), sum)
  }
}
