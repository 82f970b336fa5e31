/**
 * The score that a member gives to a proposed result on its own held-out shard, and when it is a veto.
 *
 * Validity is the bit-exact recomputation and nothing else. A score depends on whose data it is measured on, so it is
 * committed as evidence, and it turns into a nil prevote only beyond a threshold that the task states. And it is a veto
 * on *fresh* proposals only: once more than two thirds have prevoted for a value, a member with unlike data does not
 * stand against them, or a handful of honest ones could hold the network for ever. So it takes a third of the power
 * to turn a result away, and less than a third never stalls it.
 * @module
 */

/** Whole numbers, because they are signed. */
export interface Score {
  /** of the parent model on the shard, parts per million (accuracy, or any figure in [0, 1] where more is better) */
  readonly before: number
  /** of the proposed result on the same shard, parts per million */
  readonly after: number
  /** examples in the shard */
  readonly examples: number
}

/** The task's word on when a member may refuse a valid result. */
export interface VetoPolicy {
  /** a fall by *more* than this many parts per million is a veto */
  readonly maxDrop: number
  /** a shard smaller than this never vetoes */
  readonly minExamples: number
}

export function isVeto(score: Score | null, policy: VetoPolicy | null): boolean {
  if (score === null || policy === null) return false
  return score.examples >= policy.minExamples && score.before - score.after > policy.maxDrop
}
