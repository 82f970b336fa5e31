/**
 * What an aggregator is asked, checked before anything is computed.
 * @module
 */
import { canonicalOrder } from './canonical.ts'
import { firstUnusable } from './contribution.ts'
import { AggregationError } from './errors.ts'
import { type Sample, sampleOf, type Vector } from './sample.ts'
import { atMost } from './weights.ts'

export interface AggregationInput {
  /** n rows of one length d */
  readonly contributions: readonly Vector[]
  /** reputation per row, positive; equal when absent */
  readonly weights?: readonly number[]
  /** weight to withstand, in the unit of the weights (count of peers when weights are absent), `2·b < W` */
  readonly byzantineWeight: number
  /** where centered rules start from: the last committed delta; zeros when absent */
  readonly reference?: Vector
  /** the round's public randomness (only `bucketing` uses it): what nobody knew when contributing, such as the last certificate's hash */
  readonly seed?: number | string
}

/**
 * The rows in canonical order, so that nothing after this can depend on how they arrived.
 * @throws {@link AggregationError} `NO_CONTRIBUTIONS`, `LENGTH_MISMATCH`, `NON_FINITE`, `BAD_WEIGHT`, `BAD_BYZANTINE_WEIGHT`,
 * `NOT_ENOUGH_WEIGHT`
 * @param unusableAt - {@link firstUnusable}, or what stands in for it where a row's numbers are looked at elsewhere (the fast path)
 */
export function canonicalSample(input: AggregationInput, unusableAt: UnusableAt = firstUnusable): Sample {
  const { contributions, reference } = input
  const dimension = contributions[0]?.length
  if (dimension === undefined) throw new AggregationError({ code: 'NO_CONTRIBUTIONS' })
  contributions.forEach((row, at) => {
    requireUsable(row, dimension, 'contribution', at, unusableAt)
  })
  if (reference !== undefined) requireUsable(reference, dimension, 'reference')
  const weights = input.weights ?? contributions.map(() => 1)
  requireWeights(weights, contributions.length)
  if (!(input.byzantineWeight >= 0)) {
    throw new AggregationError({ code: 'BAD_BYZANTINE_WEIGHT', byzantineWeight: input.byzantineWeight })
  }
  const order = canonicalOrder(contributions, weights)
  const sample = sampleOf(
    order.map((i) => contributions[i]!),
    { ...input, weights: order.map((i) => weights[i]!) },
  )
  requireMajority(sample, 'input')
  return sample
}

/** @throws {@link AggregationError} `NOT_ENOUGH_WEIGHT` unless the honest hold more than half */
export function requireMajority({ total, byzantineWeight }: Sample, at: string): void {
  if (atMost(total / 2, byzantineWeight, total)) {
    throw new AggregationError({ code: 'NOT_ENOUGH_WEIGHT', total, byzantineWeight, at })
  }
}

/** Index of a row's first coordinate that cannot be computed with; -1 when there is none. */
export type UnusableAt = (row: Vector) => number

/** @throws {@link AggregationError} `LENGTH_MISMATCH`, `NON_FINITE` */
export function requireUsable(
  row: Vector,
  length: number,
  what: 'contribution' | 'reference',
  at?: number,
  unusableAt: UnusableAt = firstUnusable,
): void {
  if (row.length !== length) {
    throw new AggregationError({ code: 'LENGTH_MISMATCH', what, expected: length, actual: row.length, at })
  }
  const coordinate = unusableAt(row)
  if (coordinate >= 0) {
    throw new AggregationError({ code: 'NON_FINITE', what, at, coordinate, value: row[coordinate]! })
  }
}

/** A ratio between the heaviest and the lightest row beyond this could not be summed exactly. */
const MAX_WEIGHT_RATIO = 2 ** 32
/** Below it a weight times a pull may vanish. */
const MIN_WEIGHT = 2 ** -200

function requireWeights(weights: readonly number[], rows: number): void {
  if (weights.length !== rows) {
    throw new AggregationError({ code: 'LENGTH_MISMATCH', what: 'weights', expected: rows, actual: weights.length })
  }
  const require = (isUsable: (weight: number) => boolean) => {
    const at = weights.findIndex((weight) => !isUsable(weight))
    if (at !== -1) throw new AggregationError({ code: 'BAD_WEIGHT', at, weight: weights[at]! })
  }
  require((weight) => weight >= MIN_WEIGHT && weight <= Number.MAX_SAFE_INTEGER)
  const heaviest = Math.max(...weights)
  require((weight) => heaviest / weight <= MAX_WEIGHT_RATIO)
}
