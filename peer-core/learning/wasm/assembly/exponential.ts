/**
 * `exp`, `tanh` and the logistic function on four floats, from additions and multiplications alone: the same bits on every machine.
 *
 * Moshier, Cephes Mathematical Library 2.8, `single/expf.c` and `single/tanhf.c`, {@link https://netlib.org/cephes}:
 * range reduction by ln 2 in two parts and the minimax polynomials given there. Error below 2 units in the last place.
 */
import { madd } from './madd'

/**
 * Constants four times each, in memory: one load, where an engine makes a literal vector anew with every use.
 */
const table = memory.data<f32>([
  -87.33, -87.33, -87.33, -87.33,
  88.37, 88.37, 88.37, 88.37,
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341,
  0.5, 0.5, 0.5, 0.5,
  -0.693359375, -0.693359375, -0.693359375, -0.693359375,
  2.12194440e-4, 2.12194440e-4, 2.12194440e-4, 2.12194440e-4,
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1, 1, 1, 1,
  12583039, 12583039, 12583039, 12583039,
], 16)

@inline
function constant(row: usize): v128 {
  return v128.load(table + 16 * row)
}

@inline
function step(sum: v128, x: v128, coefficient: v128): v128 {
  return madd(coefficient, sum, x)
}

/** NaN stays NaN; above 88.37 the result is that of 88.37, below −87.33 that of −87.33. */
@inline
export function exp4(argument: v128): v128 {
  // One instruction each, where `min` and `max` are six; of a NaN on the left they give the NaN, too.
  const x0 = f32x4.pmin(f32x4.pmax(argument, constant(0)), constant(1))
  const n = f32x4.floor(madd(constant(3), x0, constant(2)))
  // ln 2 = 0.693359375 − 2.12194440e-4: the first part has few enough bits for n times it to be exact.
  const x = madd(madd(x0, n, constant(4)), n, constant(5))
  let p = constant(6)
  p = step(p, x, constant(7))
  p = step(p, x, constant(8))
  p = step(p, x, constant(9))
  p = step(p, x, constant(10))
  p = step(p, x, constant(11))
  p = madd(f32x4.add(x, constant(12)), p, f32x4.mul(x, x))
  // 1.5 · 2²³ + 127: the sum's low bits are n + 127, the exponent of 2ⁿ.
  const power = i32x4.shl(f32x4.add(n, constant(13)), 23)
  return f32x4.mul(p, power)
}

export function tanh4(x: v128): v128 {
  const size = f32x4.abs(x)
  const sign = v128.and(x, i32x4.splat(0x80000000))
  // |x| ≥ 0.625: 1 − 2 / (e^2|x| + 1)
  const e = exp4(f32x4.add(size, size))
  const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))))
  const z = f32x4.mul(x, x)
  let p = f32x4.splat(-5.70498872745e-3)
  p = step(p, z, f32x4.splat(2.06390887954e-2))
  p = step(p, z, f32x4.splat(-5.37397155531e-2))
  p = step(p, z, f32x4.splat(1.33314422036e-1))
  p = step(p, z, f32x4.splat(-3.33332819422e-1))
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x)
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)))
}

export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))))
}
