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
