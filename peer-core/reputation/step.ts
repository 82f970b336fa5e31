/**
 * `(state, evidence) → state`, the whole machine: integers only, no clock, no randomness, the same for everyone who has the commits.
 *
 * In order: forgetting, admissions, work, offences, expiry, and at the end of an epoch influence is frozen anew. A suspension
 * does not wait for the epoch: it takes effect with the next round.
 * @module
 */
import type { BlobId, PeerId } from '../foundation/index.ts'
import { Draft } from './draft.ts'
import { ReputationError } from './errors.ts'
import { consequences, type RoundEvidence } from './evidence.ts'
import { ONE, times } from './fixed-point.ts'
import { forget, harmOf, hasEffect, referenceOf, type Scored, usualEffect } from './quality.ts'
import type { ReputationRules } from './rules.ts'
import { medianOf } from './scores.ts'
import { influenceOf, isProven, type ReputationState, standingOf, weightOf } from './state.ts'

/**
 * @param evidence - of round `state.round + 1`, parsed by `roundEvidenceSchema`. A peer that nobody knows is admitted when the task's
 * admission is `free`; otherwise what is said of it is passed over
 * @throws {@link ReputationError} `ROUND_ORDER`, `DUPLICATE_EVIDENCE`
 */
export function applyEvidence(
  state: ReputationState,
  evidence: RoundEvidence,
  rules: ReputationRules,
): ReputationState {
  if (evidence.round !== state.round + 1) {
    throw new ReputationError({ code: 'ROUND_ORDER', expected: state.round + 1, actual: evidence.round })
  }
  refuseDuplicates(evidence)
  const draft = new Draft(state, evidence.round, rules)
  // Forgetting first, so that a newcomer's standing is not touched by the round that admits it.
  draft.changeAll((standing) => ({ ...standing, quality: forget(standing.quality, rules) }))
  admit(draft, evidence, rules)
  judgeWork(draft, state, evidence, rules)
  judgeRejections(draft, evidence)
  for (const peer of evidence.equivocated ?? []) draft.judge(peer, (standing) => ({ ...standing, equivocated: true }))
  draft.recoverUnharmed()
  draft.expire()
  if (evidence.round % rules.epochRounds === 0) {
    draft.changeAll((standing) => ({ ...standing, influence: influenceOf(standing.quality, rules) }))
  }
  return draft.finish()
}

function admit(draft: Draft, evidence: RoundEvidence, rules: ReputationRules): void {
  const { seated = [], admitted = [], accepted, rejected = [] } = evidence
  for (const peer of seated) {
    draft.admit(peer)
    draft.judge(peer, (standing) => standing)
  }
  for (const { peer, inviter } of admitted) draft.admit(peer, inviter)
  if (rules.admission.kind !== 'free') return
  for (const { peer } of [...accepted, ...rejected]) draft.admit(peer)
}

/** @param before - the round: what its works weighed */
function judgeWork(draft: Draft, before: ReputationState, { accepted }: RoundEvidence, rules: ReputationRules): void {
  const works = accepted.map(({ peer, scores = [], enough = rules.minimumScores }): Scored | undefined =>
    scores.length < enough
      ? undefined
      : {
          score: medianOf(scores),
          weight: weightOf(before, peer),
          isProven: isProven(standingOf(before, peer), rules),
        },
  )
  const found = works.filter((work) => work !== undefined)
  // Where all proven peers are away liars may be who says what is usual: what does harm in full earns nothing then.
  const areAway =
    !found.some((work) => work.isProven) && Object.values(before.peers).some((standing) => isProven(standing, rules))
  const least = areAway ? -rules.harmFull : Number.NEGATIVE_INFINITY
  const reference = referenceOf(found)
  const usual = usualEffect(found)
  const parts = partsOf(draft, accepted, rules)
  accepted.forEach(({ peer }, i) => {
    const part = parts[i]!
    if (works[i] === undefined) {
      draft.work(peer, { isJudged: false, earned: times(rules.unscoredGain, part) })
      return
    }
    const { score } = works[i]
    const harm = harmOf(score, reference, rules)
    const earns = score >= least && hasEffect(score, usual, rules)
    if (harm > 0) draft.harm(peer, harm)
    else draft.work(peer, { isJudged: true, earned: earns ? times(rules.gain, part) : 0 })
  })
}

/**
 * Of what work earns, the part that each of those has who hand in the same: all of it for the one that stands best, or equal parts for
 * several that stand best, and for a newcomer beside them as much as if all had equal parts. Whose it was nobody can say, for an announcement
 * tells everyone its name: a newcomer's copy is not to cost anyone who stands well, nor is who stands well to keep a newcomer from being proven by
 * copying it. More than that no copy earns.
 */
function partsOf(draft: Draft, accepted: RoundEvidence['accepted'], { provenAt }: ReputationRules): number[] {
  const holders = new Map<BlobId, PeerId[]>()
  for (const { peer, delta } of accepted) {
    if (delta !== undefined) holders.set(delta, [...(holders.get(delta) ?? []), peer])
  }
  return accepted.map(({ peer, delta }) => {
    const qualities = (delta === undefined ? [peer] : holders.get(delta)!).map((one) => draft.qualityOf(one))
    const best = Math.max(...qualities)
    const own = draft.qualityOf(peer)
    if (own === best) return Math.floor(ONE / qualities.filter((quality) => quality === best).length)
    return own < provenAt ? Math.floor(ONE / qualities.length) : 0
  })
}

function judgeRejections(draft: Draft, { rejected = [] }: RoundEvidence): void {
  for (const { peer, reason } of rejected) {
    const consequence = consequences[reason]
    if (consequence === 'harm') draft.harm(peer, ONE)
    else if (consequence === 'fraud') draft.fraud(peer)
    else draft.judge(peer, (standing) => standing)
  }
}

/**
 * Nobody's work is judged twice. Accepted and refused work may be one peer's: the one is of the round before.
 */
function refuseDuplicates({ accepted, rejected = [] }: RoundEvidence): void {
  for (const works of [accepted, rejected]) {
    const seen = new Set<string>()
    for (const { peer } of works) {
      if (seen.has(peer)) throw new ReputationError({ code: 'DUPLICATE_EVIDENCE', peer })
      seen.add(peer)
    }
  }
}
