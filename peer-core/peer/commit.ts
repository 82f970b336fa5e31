/** A commit as the rooms of a peer hand it around: read once, with the bytes that were verified. @module */
import type { Commit as CertifiedCommit, CommitBody } from '../consensus/index.ts'
import type { Hash } from '../foundation/index.ts'

export interface Commit {
  readonly body: CommitBody
  /** sha-256 of the body's bytes: what was voted on */
  readonly hash: Hash
  /** the body's bytes and their certificate */
  readonly certified: CertifiedCommit
  /** of both, as received */
  readonly bytes: Uint8Array
}
