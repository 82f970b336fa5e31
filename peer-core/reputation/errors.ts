/** What can be wrong with what is asked of this room. @module */
import { type PeerId, ZenError } from '../foundation/index.ts'

export type ReputationFault =
  /** evidence is applied once, round after round */
  | { code: 'ROUND_ORDER'; expected: number; actual: number }
  /** one peer is named twice where once is meant */
  | { code: 'DUPLICATE_EVIDENCE'; peer: PeerId }
  /** an admission that the task's rules do not allow */
  | { code: 'ADMISSION_REFUSED'; peer: PeerId; why: AdmissionProblem }
  | { code: 'BAD_STATE'; problem: string }

export type AdmissionProblem =
  | 'already-admitted'
  | 'work-needed'
  | 'work-missing'
  | 'work-stale'
  | 'invitation-needed'
  | 'inviter-unknown'
  | 'inviter-full'
  | 'institution-full'
  | 'invitation-expired'
  | 'invitation-for-another'
  | 'bad-signature'

export class ReputationError extends ZenError<ReputationFault> {}
