/**
 * Activations in place, and their gradients from their own outputs; and from place to place, with gradients from what went
 * in. Kinds as `activationCodes` numbers them: 0 linear, 1 relu, 2 tanh, 3 sigmoid, 4 gelu (from place to place only).
 */
import { exp4, sigmoid4, tanh4 } from './exponential'
import { madd } from './madd'

/** Of GELU, four times each, in memory as those of the exponential: 1, 0.044715, 3 · 0.044715, ±2 √(2/π). */
const table = memory.data<f32>([
  1, 1, 1, 1,
  0.044715, 0.044715, 0.044715, 0.044715,
  0.134145, 0.134145, 0.134145, 0.134145,
  1.5957691216057308, 1.5957691216057308, 1.5957691216057308, 1.5957691216057308,
  -1.5957691216057308, -1.5957691216057308, -1.5957691216057308, -1.5957691216057308,
], 16)

@inline
function constant(row: usize): v128 {
  return v128.load(table + 16 * row)
}

@inline
function relu(x: v128): v128 {
  // NaN, on the left, comes out again.
  return f32x4.pmax(x, f32x4.splat(0))
}

@inline
function pullRelu(g: v128, y: v128): v128 {
  return v128.and(g, f32x4.gt(y, f32x4.splat(0)))
}

/** Of GELU in the form with tanh, `½ x (1 + tanh u)` with `u = √(2/π) (x + 0.044715 x³)`: the logistic function of `2u`. */
@inline
function geluGate(x: v128): v128 {
  const bent = madd(constant(0), constant(1), f32x4.mul(x, x))
  const e = exp4(f32x4.mul(f32x4.mul(constant(4), x), bent))
  return f32x4.div(constant(0), f32x4.add(constant(0), e))
}

/** @param gate - of `x`, as {@link geluGate} gives it */
@inline
function pullGelu(g: v128, x: v128, gate: v128): v128 {
  const bent = madd(constant(0), constant(2), f32x4.mul(x, x))
  const slope = f32x4.mul(f32x4.mul(constant(3), x), bent)
  const change = madd(constant(0), f32x4.sub(constant(0), gate), slope)
  return f32x4.mul(g, f32x4.mul(gate, change))
}

@inline
function applyInline(kind: i32, x: v128): v128 {
  return kind == 1 ? relu(x) : apply(kind, x)
}

function apply(kind: i32, x: v128): v128 {
  if (kind == 1) return relu(x)
  if (kind == 2) return tanh4(x)
  if (kind == 3) return sigmoid4(x)
  return x
}

/** `g · f'(x)`, where `y = f(x)`. */
function pull(kind: i32, g: v128, y: v128): v128 {
  if (kind == 1) return pullRelu(g, y)
  if (kind == 2) return f32x4.mul(g, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)))
  if (kind == 3) return f32x4.mul(g, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)))
  return g
}

@inline
function floats(n: i32): usize {
  return (<usize>n) << 2
}

export function activate(rows: i32, columns: i32, kind: i32, values: usize, valueRows: usize): void {
  for (let r = 0; r < rows; r++) {
    let at = values + <usize>load<u32>(valueRows + floats(r))
    let c = 0
    if (kind == 1) {
      for (; c + 4 <= columns; c += 4, at += 16) v128.store(at, relu(v128.load(at)))
    } else {
      for (; c + 4 <= columns; c += 4, at += 16) v128.store(at, apply(kind, v128.load(at)))
    }
    for (; c < columns; c++) {
      store<f32>(at, f32x4.extract_lane(apply(kind, v128.load32_splat(at)), 0))
      at += 4
    }
  }
}

/** Gradients of what went into the activation, dense, from those of what came out and the outputs, both at `valueRows`. */
export function activationGradients(
  rows: i32, columns: i32, kind: i32, values: usize, outer: usize, valueRows: usize, inner: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const offset = <usize>load<u32>(valueRows + floats(r))
    let y = values + offset
    let g = outer + offset
    let c = 0
    if (kind == 1) {
      for (; c + 4 <= columns; c += 4, y += 16, g += 16, inner += 16) {
        v128.store(inner, pullRelu(v128.load(g), v128.load(y)))
      }
    } else {
      for (; c + 4 <= columns; c += 4, y += 16, g += 16, inner += 16) {
        v128.store(inner, pull(kind, v128.load(g), v128.load(y)))
      }
    }
    for (; c < columns; c++) {
      store<f32>(inner, f32x4.extract_lane(pull(kind, v128.load32_splat(g), v128.load32_splat(y)), 0))
      y += 4
      g += 4
      inner += 4
    }
  }
}

/** One row; with a `kind` that is a constant the loop holds nothing but that kind. */
@inline
function activateRow(kind: i32, columns: i32, from: usize, to: usize): void {
  let c = 0
  for (; c + 4 <= columns; c += 4, from += 16, to += 16) v128.store(to, applyInline(kind, v128.load(from)))
  for (; c < columns; c++, from += 4, to += 4) {
    store<f32>(to, f32x4.extract_lane(applyInline(kind, v128.load32_splat(from)), 0))
  }
}

/** As {@link activateRow}, of GELU, which keeps its gates. */
@inline
function geluRow(columns: i32, from: usize, to: usize, gates: usize): void {
  let c = 0
  for (; c + 4 <= columns; c += 4, from += 16, to += 16, gates += 16) {
    const x = v128.load(from)
    const gate = geluGate(x)
    v128.store(gates, gate)
    v128.store(to, f32x4.mul(x, gate))
  }
  for (; c < columns; c++, from += 4, to += 4, gates += 4) {
    const x = v128.load32_splat(from)
    const gate = f32x4.extract_lane(geluGate(x), 0)
    store<f32>(gates, gate)
    store<f32>(to, f32x4.extract_lane(x, 0) * gate)
  }
}

/** `out = f(source)`, a row at a time. @param gates - room for what the way back of GELU needs, dense; no other kind's */
export function activateTo(
  rows: i32, columns: i32, kind: i32, source: usize, sourceRows: usize, out: usize, outRows: usize, gates: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const from = source + <usize>load<u32>(sourceRows + floats(r))
    const to = out + <usize>load<u32>(outRows + floats(r))
    if (kind == 1) activateRow(1, columns, from, to)
    else if (kind == 4) geluRow(columns, from, to, gates)
    else activateRow(kind, columns, from, to)
    gates += floats(columns)
  }
}

/** `g · f'(x)`, where `x` went in. */
@inline
function pullFromInput(kind: i32, g: v128, x: v128): v128 {
  return kind == 1 ? pullRelu(g, x) : pull(kind, g, apply(kind, x))
}

/** One row, as {@link activateRow}. */
@inline
function pullRow(kind: i32, columns: i32, x: usize, g: usize, to: usize): void {
  let c = 0
  for (; c + 4 <= columns; c += 4, x += 16, g += 16, to += 16) {
    v128.store(to, pullFromInput(kind, v128.load(g), v128.load(x)))
  }
  for (; c < columns; c++, x += 4, g += 4, to += 4) {
    store<f32>(to, f32x4.extract_lane(pullFromInput(kind, v128.load32_splat(g), v128.load32_splat(x)), 0))
  }
}

@inline
function pullGeluRow(columns: i32, x: usize, g: usize, gates: usize, to: usize): void {
  let c = 0
  for (; c + 4 <= columns; c += 4, x += 16, g += 16, gates += 16, to += 16) {
    v128.store(to, pullGelu(v128.load(g), v128.load(x), v128.load(gates)))
  }
  for (; c < columns; c++, x += 4, g += 4, gates += 4, to += 4) {
    const pulled = pullGelu(v128.load32_splat(g), v128.load32_splat(x), v128.load32_splat(gates))
    store<f32>(to, f32x4.extract_lane(pulled, 0))
  }
}

/** Gradients of what went into {@link activateTo}, laid at `sourceRows` of `out`. */
export function activationPull(
  rows: i32, columns: i32, kind: i32,
  source: usize, sourceRows: usize, gradients: usize, gradientRows: usize, gates: usize, out: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const offset = <usize>load<u32>(sourceRows + floats(r))
    const x = source + offset
    const to = out + offset
    const g = gradients + <usize>load<u32>(gradientRows + floats(r))
    if (kind == 1) pullRow(1, columns, x, g, to)
    else if (kind == 4) pullGeluRow(columns, x, g, gates, to)
    else pullRow(kind, columns, x, g, to)
    gates += floats(columns)
  }
}
