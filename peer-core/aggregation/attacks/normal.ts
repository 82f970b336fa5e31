/**
 * The normal distribution's function and its inverse, for attacks that hide within a number of standard deviations.
 *
 * Series of Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004; inverted by Newton's method.
 * @module
 */

/** Φ(x), to about 15 digits for |x| < 7. */
export function normalDistribution(x: number): number {
  let term = x
  let sum = x
  for (let n = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && n < 400; n += 2) {
    term *= (x * x) / n
    sum += term
  }
  return 0.5 + sum * density(x)
}

/** Φ⁻¹(p) for 1e-9 < p < 1 − 1e-9. */
export function normalQuantile(p: number): number {
  if (!(p > 1e-9 && p < 1 - 1e-9)) throw new RangeError(`no quantile for p = ${p}`)
  let x = 0
  for (let step = 0; step < 60; step++) {
    // Damped: a full Newton step from the middle would leap over the tails.
    x += Math.max(-1, Math.min(1, (p - normalDistribution(x)) / density(x)))
  }
  return x
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
}
