/**
 * The write-ahead log of a member: what it must remember of the open height so as never to contradict itself.
 *
 * A member writes, durably and *before* anything is sent: every statement that it signs, and its lock and valid value
 * with their bodies and polkas. That is less than CometBFT logs (every input, spec consensus/wal.md) and enough. Safety
 * rests on what this member signed and is locked on (arXiv:1807.04938, lemma 4; CometBFT's `FilePVLastSignState`).
 * Liveness needs the votes that a step rested on, for one of them may be of a Byzantine member that nobody else ever heard:
 * a lock whose polka cannot be shown any more is one that no other member may follow, and who went to the next round must
 * be able to bring the others after it. All other votes come back by gossip. Records below the open height are of no use
 * once the ledger holds its commit.
 * @module
 */
import type { Hash } from '../foundation/ids.ts'
import type { Commit } from './certificate.ts'
import type { ProposalHeader, Vote } from './messages.ts'

/** The prevotes of others that make a value one to lock on, or to propose again. */
export interface Polka {
  readonly height: number
  readonly round: number
  readonly value: Hash
  readonly prevotes: readonly Vote[]
}

export type WalRecord =
  /** a body found valid, with its time, once per value, before the first record that names it */
  | {
      readonly type: 'body'
      readonly height: number
      readonly value: Hash
      readonly body: Uint8Array
      readonly time: number
    }
  /** a statement of this member */
  | { readonly type: 'signed'; readonly height: number; readonly statement: ProposalHeader | Vote }
  /** it locked on a polka */
  | ({ readonly type: 'lock' } & Polka)
  /** it saw a polka when it was too late to lock */
  | ({ readonly type: 'valid' } & Polka)
  /** it left the round before for this one */
  | { readonly type: 'round'; readonly height: number; readonly round: number; readonly precommits: readonly Vote[] }
  /** the height is decided */
  | { readonly type: 'commit'; readonly height: number; readonly commit: Commit }
