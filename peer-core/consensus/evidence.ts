/**
 * Evidence: what a member did, told by statements that it signed. They name a body by its hash: who judges them has recomputed it, and
 * a piece stays small enough to be committed however long the body was.
 *
 * - `equivocation`: two votes of one kind in one height and round for different values (CometBFT's
 *   `DuplicateVoteEvidence`, spec consensus/evidence.md), or two proposals.
 * - `invalid-proposal`: a proposal whose body does not survive recomputation.
 * - `wrong-vote`: a prevote or precommit for such a body: the member did not recompute, or lied.
 * - `score`: a precommit with the score of the result on the member's held-out shard. No offence; it is how scores
 *   come to be committed.
 *
 * A lock that was broken (voting for another value without a polka in between) leaves nothing that a single message
 * proves, and is left out, as in CometBFT ("amnesia", spec light-client/accountability).
 * @module
 */
import type { Hash, PeerId } from '../foundation/ids.ts'
import { type Certificate, precommitOf } from './certificate.ts'
import type { ProposalHeader, Verify, Vote } from './messages.ts'

export type Evidence =
  | { readonly type: 'equivocation'; readonly first: Vote; readonly second: Vote }
  | { readonly type: 'equivocation'; readonly first: ProposalHeader; readonly second: ProposalHeader }
  | { readonly type: 'invalid-proposal'; readonly proposal: ProposalHeader }
  | { readonly type: 'wrong-vote'; readonly vote: Vote }
  | { readonly type: 'score'; readonly vote: Vote }

export function accusedOf(evidence: Evidence): PeerId {
  switch (evidence.type) {
    case 'equivocation':
      return evidence.first.member
    case 'invalid-proposal':
      return evidence.proposal.member
    case 'wrong-vote':
    case 'score':
      return evidence.vote.member
  }
}

export function heightOf(evidence: Evidence): number {
  switch (evidence.type) {
    case 'equivocation':
      return evidence.first.height
    case 'invalid-proposal':
      return evidence.proposal.height
    case 'wrong-vote':
    case 'score':
      return evidence.vote.height
  }
}

/** The signed statements in it. */
export function statementsOf(evidence: Evidence): readonly (ProposalHeader | Vote)[] {
  switch (evidence.type) {
    case 'equivocation':
      return [evidence.first, evidence.second]
    case 'invalid-proposal':
      return [evidence.proposal]
    case 'wrong-vote':
    case 'score':
      return [evidence.vote]
  }
}

/** One offence of one member in one place has one key, however often and in whatever order it is shown. */
export function offenceKey(evidence: Evidence): string {
  const [statement] = statementsOf(evidence)
  return `${evidence.type}/${statement!.type}/${statement!.height}/${statement!.round}/${statement!.member}`
}

export type EvidenceVerdict = 'proven' | 'refuted' | 'pending'

/**
 * @param verify - checks a statement's signature
 * @param recomputed - the verdict on the body of a hash, `pending` while it is not known; only asked for the kinds that need it
 */
export function judge(
  evidence: Evidence,
  verify: Verify,
  recomputed: (value: Hash) => 'valid' | 'invalid' | 'pending',
): EvidenceVerdict {
  if (!isWellFormed(evidence) || !statementsOf(evidence).every(verify)) return 'refuted'
  if (evidence.type === 'equivocation' || evidence.type === 'score') return 'proven'
  const value = evidence.type === 'wrong-vote' ? evidence.vote.value! : evidence.proposal.value
  const verdict = recomputed(value)
  return verdict === 'pending' ? 'pending' : verdict === 'invalid' ? 'proven' : 'refuted'
}

/** Whether it accuses of anything: two statements of one place that differ, a vote for something, a score that is there. */
export function isWellFormed(evidence: Evidence): boolean {
  switch (evidence.type) {
    case 'equivocation': {
      const { first, second } = evidence
      const samePlace =
        first.type === second.type &&
        first.task === second.task &&
        first.height === second.height &&
        first.round === second.round &&
        first.member === second.member
      return samePlace && first.value !== second.value
    }
    case 'wrong-vote':
      return evidence.vote.value !== null
    case 'score':
      return evidence.vote.type === 'precommit' && evidence.vote.value !== null && evidence.vote.score !== null
    case 'invalid-proposal':
      return true
  }
}

/** The scores that a certificate's signers gave, as evidence for the next commit to name. */
export function scoresIn(certificate: Certificate): Evidence[] {
  return certificate.entries.flatMap((entry) => {
    return entry.score === null ? [] : [{ type: 'score', vote: precommitOf(certificate, entry) } as const]
  })
}
