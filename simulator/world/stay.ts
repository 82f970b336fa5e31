/** How long sessions last. @module */
import { type Random, second } from '../../peer-core/index.ts'
import type { Stay } from '../scenario/schema.ts'

/** in ms, one at least */
export function drawStay(stay: Stay, random: Random): number {
  switch (stay.kind) {
    case 'forever':
      return Number.POSITIVE_INFINITY
    case 'exponential':
      return Math.max(1, exponential(random, stay.meanSeconds * second))
    case 'weibull': {
      return Math.max(1, scaleOf(stay) * (-Math.log(1 - random.next())) ** (1 / stay.shape))
    }
    default:
      return stay satisfies never
  }
}

/**
 * What is left of the stay of somebody who is here, at a time when it has long been going on: long stays are met more
 * often than they begin (Feller, An Introduction to Probability Theory, vol. II, §XI.4).
 *
 * @returns ms, one at least
 */
export function drawRest(stay: Stay, random: Random): number {
  if (stay.kind !== 'weibull') return drawStay(stay, random)
  // In proportion to its length a stay is λ·G^(1/k), where G has a gamma distribution of shape 1 + 1/k.
  const met = scaleOf(stay) * random.gamma(1 + 1 / stay.shape) ** (1 / stay.shape)
  return Math.max(1, met * random.next())
}

/** λ, ms; the mean of a Weibull with scale λ and shape k is λ·Γ(1 + 1/k). */
function scaleOf({ meanSeconds, shape }: Extract<Stay, { kind: 'weibull' }>): number {
  return (meanSeconds * second) / gamma(1 + 1 / shape)
}

export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next())
}

/** Γ(x) for x ≥ 1, Lanczos (g = 7, n = 9; Numerical Recipes 3rd ed., §6.1): 15 digits. */
export function gamma(x: number): number {
  const coefficients = [
    676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406, 12.507343278686905,
    -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ]
  const at = x - 1
  const series = coefficients.reduce((sum, c, i) => sum + c / (at + i + 1), 0.9999999999998099)
  const t = at + 7.5
  return Math.sqrt(2 * Math.PI) * t ** (at + 0.5) * Math.exp(-t) * series
}
