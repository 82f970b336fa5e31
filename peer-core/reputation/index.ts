/**
 * Standing is earned, bounded and lost: a deterministic machine over committed evidence.
 *
 * ```ts
 * let state = initialReputation(rules)
 * state = applyEvidence(state, { round: 1, accepted: [{ peer, scores: [120_000, 90_000, 140_000] }] }, rules)
 * const weight = weightOf(state, peer) // thousandths, 500 … 1000
 * ```
 * @module
 */
export {
  type AdmissionAnswer,
  type AdmissionContext,
  type AdmissionRequest,
  checkAdmission,
  checkAdmissions,
  hopeless,
} from './admission/check.ts'
export { isInvitationSigned, signInvitation } from './admission/invitation.ts'
export { expectedHashes, isWorkDone, searchWork, type WorkChallenge } from './admission/proof-of-work.ts'
export {
  type Barred,
  type Cohort,
  type CohortRequest,
  drawCohort,
  isOverShare,
  type LeftOut,
  type OverShare,
  reasonToWait,
} from './cohort.ts'
export { type AdmissionProblem, ReputationError, type ReputationFault } from './errors.ts'
export { type Consequence, consequences, type RoundEvidence, roundEvidenceSchema, scoreSchema } from './evidence.ts'
export { type AdmissionRules, defaultRules, type InstitutionRules, openRules, type ReputationRules } from './rules.ts'
export {
  byLot,
  decisiveScores,
  drawScorers,
  type Finding,
  type Judges,
  medianOf,
  type ScorerDraw,
  scoreOf,
  scorersFor,
  TRIED,
  type Trial,
} from './scores.ts'
export {
  initialReputation,
  isProven,
  mayContribute,
  type Named,
  type ReputationState,
  reputationStateSchema,
  rootOf,
  type Standing,
  standingOf,
  weightOf,
} from './state.ts'
export { applyEvidence } from './step.ts'
export { rankOf } from './turns.ts'
export { mayVote } from './voting.ts'
