import { ZenError } from '../foundation/errors.ts'

/** What this room refuses. A peer's misbehaviour is a value ({@link Refusal}, {@link Evidence}), never one of these. */
export type ConsensusFault =
  /** a committee that cannot be: empty, too large, a member twice, or powers that are not positive integers */
  | { code: 'BAD_COMMITTEE'; reason: string }
  /** no candidate can be elected */
  | { code: 'NO_CANDIDATES'; reason: string }
  /** bytes that are not what they should be: garbage, oversized, or not canonical */
  | { code: 'UNDECODABLE'; what: string; reason: string }
  /** the write-ahead log holds records of a height above the ledger's: the ledger lost a commit, so nothing may be signed */
  | { code: 'LOG_AHEAD'; ledger: number; log: number }

export class ConsensusError extends ZenError<ConsensusFault> {}
