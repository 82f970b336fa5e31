/**
 * The write-ahead log of a member: what it must remember of the open height so as never to contradict itself.
 *
 * A member writes, durably and *before* anything is sent: every statement that it signs, and its lock and valid value
 * with their bodies. That is less than CometBFT logs (every input, spec consensus/wal.md) and enough: votes of others
 * come back by gossip, and safety rests only on what this member signed and is locked on (arXiv:1807.04938, lemma 4;
 * CometBFT's `FilePVLastSignState`). Records below the open height are of no use once the ledger holds its commit.
 * @module
 */
import type { Hash } from '../foundation/ids.ts'
import type { Commit } from './certificate.ts'
import type { ProposalHeader, Vote } from './messages.ts'

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
  | { readonly type: 'lock'; readonly height: number; readonly round: number; readonly value: Hash }
  | { readonly type: 'valid'; readonly height: number; readonly round: number; readonly value: Hash }
  /** the height is decided */
  | { readonly type: 'commit'; readonly height: number; readonly commit: Commit }
