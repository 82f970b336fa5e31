/**
 * Sending the opposite.
 *
 * Li, Xu, Chen, Giannakis, Ling, "RSA: Byzantine-Robust Stochastic Aggregation Methods", AAAI 2019
 * ({@link https://arxiv.org/abs/1811.03761 | arXiv:1811.03761}).
 * @module
 */
import type { Vector } from '../sample.ts'
import { type Attack, each, meanOf, times, together } from './attack.ts'

/** The negated mean of the honest deltas. */
export function flippedMean(honest: readonly Vector[]): Float64Array {
  return times(meanOf(honest), -1)
}

/** Every liar sends the negated honest mean. */
export function signFlip(): Attack {
  return together(({ honest }) => flippedMean(honest))
}

/** Every liar negates its own delta: "bit flip" in Karimireddy et al. 2021. */
export function bitFlip(): Attack {
  return each((own) => times(own, -1))
}
