/**
 * Weights whose sums do not depend on the order of addition.
 *
 * Floating-point addition is exact while every partial sum fits the significand. So weights are first rounded to a grid that is coarse
 * enough for the sum of all of them to fit (relative error `n · 2⁻⁵²`, far below what anyone knows a reputation to), and from there
 * on cuts such as "the rows that hold weight b" are the same for every order of arrival. Whole reputation points are not changed.
 * @module
 */

/** A grid, as the size of its step (a power of two). */
export function exactGrid(weights: readonly number[] | Float64Array): number {
  let total = 0
  for (const weight of weights) total += weight
  if (!(total > 0)) return 1
  let step = 2 ** -52
  while (step * 2 ** 52 < 2 * total) step *= 2
  while (step * 2 ** 51 >= 2 * total) step /= 2
  return step
}

/** The nearest point of the grid, at least one step above zero for what is positive. */
export function onGrid(value: number, step: number): number {
  const steps = Math.round(value / step)
  return value > 0 && steps === 0 ? step : steps * step
}

/** Every weight on a grid where all partial sums are exact. */
export function exactWeights(
  weights: readonly number[] | Float64Array,
  step: number = exactGrid(weights),
): Float64Array {
  return Float64Array.from(weights, (weight) => onGrid(weight, step))
}

/** `a ≤ b` for parts of one total, forgiving what decimals lose: three weights of 0.1 are at most 0.3. */
export function atMost(a: number, b: number, total: number): boolean {
  return a <= b + total * 2 ** -40
}

export function sum(values: Float64Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
