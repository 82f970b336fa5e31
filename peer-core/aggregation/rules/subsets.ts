/**
 * How many subsets an exhaustive rule would have to look at, and how many anyone waits for.
 * @module
 */
import { AggregationError } from '../errors.ts'

const limits = {
  /** a diameter takes microseconds */
  'minimum-diameter': 2_000_000,
  /** an eigenvalue costs far more than a diameter */
  smea: 20_000,
} as const

type Exhaustive = keyof typeof limits

/** @throws {@link AggregationError} `TOO_MANY_CONTRIBUTIONS` */
export function requireFewSubsets(rule: Exhaustive, peers: number, byzantine: number): void {
  const subsets = binomial(peers, byzantine)
  const limit = limits[rule]
  if (subsets > limit) throw new AggregationError({ code: 'TOO_MANY_CONTRIBUTIONS', rule, subsets, limit })
}

/** The same as an objection, for when a task is published. */
export function tooManySubsets(
  rule: Exhaustive,
): (crowd: { readonly peers: number; readonly byzantine: number }) => string | undefined {
  return ({ peers, byzantine }) => {
    if (binomial(peers, byzantine) <= limits[rule]) return undefined
    return `is exhaustive: ${peers} peers with ${byzantine} liars are too many for it`
  }
}

function binomial(n: number, k: number): number {
  let ways = 1
  for (let i = 1; i <= k; i++) ways = (ways * (n - k + i)) / i
  return Math.round(ways)
}
