/**
 * Activations in place, and their gradients from their own outputs. Kinds as `activationCodes` numbers them:
 * 0 linear, 1 relu, 2 tanh, 3 sigmoid.
 */
import { exp4, tanh4 } from './exponential'

@inline
function relu(x: v128): v128 {
  // `max` and not a comparison: NaN must come out again.
  return f32x4.max(x, f32x4.splat(0))
}

@inline
function pullRelu(g: v128, y: v128): v128 {
  return v128.and(g, f32x4.gt(y, f32x4.splat(0)))
}

function apply(kind: i32, x: v128): v128 {
  if (kind == 1) return relu(x)
  if (kind == 2) return tanh4(x)
  if (kind == 3) return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))))
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
