/**
 * `exp`, `tanh` and the logistic function on four floats, from additions and multiplications alone: the same bits on every machine.
 *
 * Moshier, Cephes Mathematical Library 2.8, `single/expf.c` and `single/tanhf.c`, {@link https://netlib.org/cephes}:
 * range reduction by ln 2 in two parts and the minimax polynomials given there. Error below 2 units in the last place.
 */

@inline
function step(sum: v128, x: v128, coefficient: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(coefficient))
}

/** NaN stays NaN; above 88.37 the result is that of 88.37, below −87.33 that of −87.33. */
export function exp4(argument: v128): v128 {
  // One instruction each, where `min` and `max` are six; of a NaN on the left they give the NaN, too.
  const x0 = f32x4.pmin(f32x4.pmax(argument, f32x4.splat(-87.33)), f32x4.splat(88.37))
  const n = f32x4.floor(f32x4.add(f32x4.mul(x0, f32x4.splat(1.44269504088896341)), f32x4.splat(0.5)))
  // ln 2 = 0.693359375 − 2.12194440e-4: the first part has few enough bits for n times it to be exact.
  let x = f32x4.sub(x0, f32x4.mul(n, f32x4.splat(0.693359375)))
  x = f32x4.sub(x, f32x4.mul(n, f32x4.splat(-2.12194440e-4)))
  let p = f32x4.splat(1.9875691500e-4)
  p = step(p, x, 1.3981999507e-3)
  p = step(p, x, 8.3334519073e-3)
  p = step(p, x, 4.1665795894e-2)
  p = step(p, x, 1.6666665459e-1)
  p = step(p, x, 5.0000001201e-1)
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(x, x)), x), f32x4.splat(1))
  // 1.5 · 2²³ + 127: the sum's low bits are n + 127, the exponent of 2ⁿ.
  const power = i32x4.shl(f32x4.add(n, f32x4.splat(12583039)), 23)
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
  p = step(p, z, 2.06390887954e-2)
  p = step(p, z, -5.37397155531e-2)
  p = step(p, z, 1.33314422036e-1)
  p = step(p, z, -3.33332819422e-1)
  const near = f32x4.add(f32x4.mul(f32x4.mul(p, z), x), x)
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)))
}

export function sigmoid4(x: v128): v128 {
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), exp4(f32x4.neg(x))))
}
