/**
 * Standing of a peer's work: slow to earn, quick to lose, forgotten in time.
 *
 * Additive gain and multiplicative loss (Chiu, Jain, "Analysis of the Increase and Decrease Algorithms", 1989, for another purpose)
 * make standing worth `gain` a round and its loss worth most to those who have most: a sleeper pays in four rounds what it earned in
 * fifty. Every function here is monotone in the standing it is given, so that whoever has more before a step never has less after it.
 * @module
 */
import { clamp, ONE, times } from './fixed-point.ts'
import type { ReputationRules } from './rules.ts'

/** One round's forgetting: what is above `entry` goes back by a part of the way. */
export function forget(quality: number, rules: ReputationRules): number {
  return quality - times(Math.max(0, quality - rules.entry), rules.forgetting)
}

/**
 * One round without harm: what is below `entry` comes back, from nothing in `entryRounds`. So to wait is never worse than to come
 * back under another name.
 */
export function recover(quality: number, rules: ReputationRules): number {
  if (quality >= rules.entry) return quality
  return Math.min(rules.entry, quality + Math.ceil(rules.entry / Math.max(1, rules.entryRounds)))
}

/** After work that was not found harmful. */
export function gain(quality: number, amount: number): number {
  return Math.min(ONE, quality + amount)
}

/**
 * How harmful a score is.
 * @param score - median of the round's scorers
 * @param reference - what usual work scored in this round, never above 0 ({@link referenceOf})
 * @returns millionths: 0 within the tolerance, 1 at `harmFull` below the reference and from there on
 */
export function harmOf(score: number, reference: number, rules: ReputationRules): number {
  const below = reference - score - rules.harmTolerance
  return clamp(Math.floor((below * ONE) / (rules.harmFull - rules.harmTolerance)), 0, ONE)
}

/**
 * After work that did harm.
 * @param harm - millionths of all the harm there is
 * @param keep - what is kept of standing after all the harm there is
 */
export function lose(quality: number, harm: number, keep: number): number {
  return times(quality, ONE - times(ONE - keep, harm))
}

/**
 * What is remembered of harm after another harmful round: three more, of which each round without forgets one. So harm in every third round
 * adds up as harm in every round does. All of it is forgotten while a newcomer waits: more would make a new name worth having.
 */
export function remembered(harms: number, rules: ReputationRules): number {
  return Math.min(harms + 3, mostRemembered(rules))
}

export function mostRemembered(rules: ReputationRules): number {
  return Math.max(1, rules.entryRounds)
}

/**
 * What is kept of standing after all the harm there is: `harmKeep`, or, where earlier harm is remembered still, `harmKeep` to the power of
 * all that is. One bad round is bad luck or a scorer's lie and costs little; a fourth soon after leaves next to nothing.
 * @param harms - remembered before this round
 */
export function keepAfter(harms: number, rules: ReputationRules): number {
  const power = harms === 0 ? 1 : remembered(harms, rules)
  let keep = ONE
  for (let n = 0; n < power; n++) keep = times(keep, rules.harmKeep)
  return keep
}

/** Work that enough scorers judged. */
export interface Scored {
  /** median of its scores, millionths of the unit */
  readonly score: number
  /** influence of whose it is, as the round counted it */
  readonly weight: number
  readonly isProven: boolean
}

/**
 * What usual work changes in this round, for better or worse: the median of the proven peers' scores' sizes, by weight; of all works'
 * where there are none, and 0 where those are fewer than three. Liars with less than half of the weight cannot bring it beyond what the
 * most honest work changes.
 */
export function usualEffect(works: readonly Scored[]): number {
  const sizes = works.map((work) => ({ ...work, score: Math.abs(work.score) }))
  const proven = sizes.filter(({ isProven }) => isProven)
  if (proven.length > 0) return upperMedian(proven)
  return sizes.length < 3 ? 0 : upperMedian(sizes)
}

/**
 * Whether work changes anything, beside what is usual in the round: a delta of zeros never does. Near the optimum honest work is as often a
 * little worse as a little better than nothing, so that no sign is asked of it, and by chance one in a hundred passes through zero. Where
 * usual work changes nothing, all has as much.
 */
export function hasEffect(score: number, usual: number, { minimumEffect }: ReputationRules): boolean {
  return usual === 0 || Math.abs(score) >= Math.max(1, times(usual, minimumEffect))
}

/**
 * The round's reference: the median work's score, by weight, or the median proven peer's when that is above it; 0 when either is above that. Near
 * the optimum honest work on skewed data adds to everyone else's loss; nobody is to pay for what the median does. Liars with less
 * than half of the weight cannot move it below the worst honest score, and where too few proven peers are there for newcomers to be held to their share,
 * a majority of newcomers cannot; of one or two works nobody can say what is usual.
 */
export function referenceOf(works: readonly Scored[]): number {
  const proven = works.filter(({ isProven }) => isProven)
  const ofAll = works.length < 3 ? 0 : upperMedian(works)
  return Math.min(0, proven.length === 0 ? ofAll : Math.max(ofAll, upperMedian(proven)))
}

/** The least score up to which more than half of the weight lies; of an even number of equals the upper one. */
function upperMedian(works: readonly Scored[]): number {
  const sorted = works.toSorted((a, b) => a.score - b.score)
  let above = sorted.reduce((sum, { weight }) => sum + weight, 0)
  const half = above / 2
  for (const { score, weight } of sorted) {
    above -= weight
    if (above < half) return score
  }
  throw new RangeError('no works have no median')
}
