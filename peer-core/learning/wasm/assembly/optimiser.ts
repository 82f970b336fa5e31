/**
 * Moving weights against their gradients, all arrays of parameters in one call.
 */

/** Below this a velocity is zero. */
const NEGLIGIBLE: f32 = 1e-30

/** Where gradients have ceased, velocities would decay into subnormal numbers and stay there: each costs a hundred cycles. */
@inline
function settled(v: v128): v128 {
  return v128.and(v, v128.not(f32x4.lt(f32x4.abs(v), f32x4.splat(NEGLIGIBLE))))
}

/**
 * Stochastic gradient descent with momentum: `v ← m·v + g`, `w ← w − η·v` (Polyak 1964, in the form of Sutskever,
 * Martens, Dahl, Hinton, ICML 2013, equation 1, with the learning rate outside of the velocity, as TF.js has it).
 *
 * @param count - floats, a multiple of 8
 */
export function momentum(count: i32, weights: usize, velocities: usize, gradients: usize, rate: f32, keep: f32): void {
  const rates = f32x4.splat(rate)
  const keeps = f32x4.splat(keep)
  const end = weights + ((<usize>count) << 2)
  while (weights < end) {
    const v0 = settled(f32x4.add(f32x4.mul(keeps, v128.load(velocities)), v128.load(gradients)))
    const v1 = settled(f32x4.add(f32x4.mul(keeps, v128.load(velocities, 16)), v128.load(gradients, 16)))
    v128.store(velocities, v0)
    v128.store(velocities, v1, 16)
    v128.store(weights, f32x4.sub(v128.load(weights), f32x4.mul(rates, v0)))
    v128.store(weights, f32x4.sub(v128.load(weights, 16), f32x4.mul(rates, v1)), 16)
    weights += 32
    velocities += 32
    gradients += 32
  }
}

/** Adam, its corrections drawn into `rate` and `epsilon`. @param count - floats, a multiple of 8 */
export function adam(
  count: i32, weights: usize, first: usize, second: usize, gradients: usize,
  rate: f32, epsilon: f32, beta1: f32, beta2: f32,
): void {
  const rates = f32x4.splat(rate)
  const epsilons = f32x4.splat(epsilon)
  const beta1s = f32x4.splat(beta1)
  const beta2s = f32x4.splat(beta2)
  const fresh1 = f32x4.splat(1 - beta1)
  const fresh2 = f32x4.splat(1 - beta2)
  const end = weights + ((<usize>count) << 2)
  while (weights < end) {
    const g = v128.load(gradients)
    const m = settled(f32x4.add(f32x4.mul(beta1s, v128.load(first)), f32x4.mul(fresh1, g)))
    const v = settled(f32x4.add(f32x4.mul(beta2s, v128.load(second)), f32x4.mul(fresh2, f32x4.mul(g, g))))
    v128.store(first, m)
    v128.store(second, v)
    const move = f32x4.div(f32x4.mul(rates, m), f32x4.add(f32x4.sqrt(v), epsilons))
    v128.store(weights, f32x4.sub(v128.load(weights), move))
    weights += 16
    first += 16
    second += 16
    gradients += 16
  }
}

/** `to += factor · from`. @param count - floats, a multiple of 4 */
export function addScaled(count: i32, to: usize, from: usize, factor: f32): void {
  const factors = f32x4.splat(factor)
  const end = to + ((<usize>count) << 2)
  for (; to < end; to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factors, v128.load(from))))
  }
}

/** `values *= factor`. @param count - floats, a multiple of 4 */
export function scale(count: i32, values: usize, factor: f32): void {
  const factors = f32x4.splat(factor)
  const end = values + ((<usize>count) << 2)
  for (; values < end; values += 16) v128.store(values, f32x4.mul(v128.load(values), factors))
}

/** Sum of squares, in float64. @param count - floats, a multiple of 4 */
export function sumOfSquares(count: i32, values: usize): f64 {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  const end = values + ((<usize>count) << 2)
  for (; values < end; values += 16) {
    const x = v128.load(values)
    const a = f64x2.promote_low_f32x4(x)
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1))
    low = f64x2.add(low, f64x2.mul(a, a))
    high = f64x2.add(high, f64x2.mul(b, b))
  }
  const sum = f64x2.add(low, high)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}
