/**
 * Whether what a body proves of those it leaves out is so: a contribution that is refused for what it is must be that. What one
 * member alone saw is weighed in omissions.ts.
 * @module
 */
import type { CommitBody } from '../../consensus/index.ts'
import type { BlobId, ContributionId, PeerId } from '../../foundation/index.ts'
import type { Claim } from '../../round/index.ts'
import type { RejectionReason } from '../../wire/index.ts'
import type { Deltas } from '../deltas.ts'
import type { Models } from '../models.ts'
import { Contradiction } from './contradiction.ts'

export interface RejectionParts {
  readonly models: Models
  readonly deltas: Deltas
  /** What was announced, as far as it was heard of. */
  readonly claims: { find(id: ContributionId): Claim | undefined }
}

/**
 * @param proposer - has what it calls something, and is asked for it first
 * @throws {@link Contradiction} when a contribution is not what it is called; another error when that cannot be told now
 */
export async function checkRejected(
  { rejected, base, round }: Pick<CommitBody, 'rejected' | 'base' | 'round'>,
  parts: RejectionParts,
  proposer: PeerId,
): Promise<void> {
  for (const { peer, reason, id } of rejected) {
    if (id === undefined) continue
    const claim = claimOf(id, parts)
    const { contribution } = claim
    if (contribution.peer !== peer || contribution.round !== round) throw new Contradiction('a refusal of another work')
    const found = await faultOf(claim, base, parts, proposer)
    if (found !== reason) throw new Contradiction(`contribution ${id.slice(0, 8)} is called ${reason}, and is not`)
  }
}

/** @throws when it was not heard of */
export function claimOf(id: ContributionId, { claims }: Pick<RejectionParts, 'claims'>): Claim {
  const claim = claims.find(id)
  if (claim === undefined) throw new Error(`contribution ${id.slice(0, 8)} was not heard of`)
  return claim
}

/** @throws when that cannot be told now */
async function faultOf(
  claim: Claim,
  base: BlobId,
  { models, deltas }: RejectionParts,
  proposer: PeerId,
): Promise<RejectionReason | undefined> {
  if (claim.contribution.base !== base) return 'wrong-base'
  if (claim.contribution.bytes !== models.bytes) return 'wrong-size'
  const judged = await deltas.get(claim, proposer)
  if ('delta' in judged) return undefined
  if (!judged.isProven) throw new Error(`contribution ${claim.id.slice(0, 8)}: ${judged.reason}`)
  return judged.reason
}
