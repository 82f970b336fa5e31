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

/**
 * Two parts of one total that are nearer to each other than this share of it are the same: three weights of 0.1 and one of 0.3. Every
 * comparison with a declared weight forgives it, or the last bit of a decimal would let through who holds exactly `b`, and a bit of
 * 3·10³⁸ is far beyond any honest row.
 */
const SLACK = 2 ** -40

/** `a ≤ b` for parts of one total, forgiving what decimals lose. */
export function atMost(a: number, b: number, total: number): boolean {
  return a <= mostOf(b, total)
}

/** The most that is {@link atMost} `b`. */
export function mostOf(b: number, total: number): number {
  return b + total * SLACK
}

/** The least that is half of the weight. */
export function halfOf(total: number): number {
  return total / 2 - total * SLACK
}

/**
 * Takes rows in the order given until they hold `quota`. The last one counts for what is left, and for nothing where that is only what decimals lost.
 * @param take - is told each row that counts, and how much of its weight
 * @returns the weight taken: `quota`, or what decimals lost less
 */
export function takeInOrder(
  order: ArrayLike<number>,
  weights: Float64Array,
  { quota, total }: { readonly quota: number; readonly total: number },
  take: (row: number, taken: number) => void,
): number {
  let left = quota
  for (let at = 0; at < order.length && !atMost(left, 0, total); at++) {
    const row = order[at]!
    const taken = Math.min(left, weights[row]!)
    take(row, taken)
    left -= taken
  }
  return quota - left
}

export function sum(values: Float64Array): number {
  let total = 0
  for (let i = 0; i < values.length; i++) total += values[i]!
  return total
}
