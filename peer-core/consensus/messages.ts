/**
 * What members say to each other, and the bytes that they sign.
 *
 * PROPOSAL, PREVOTE and PRECOMMIT are those of Tendermint (arXiv:1807.04938, algorithm 1). What is signed is a dag-cbor
 * array of the statement's fields, built from the fields on both sides, under a domain of its own: a vote can never be
 * read as a proposal, nor a vote of one task, height, round or kind as another's. The body of a proposal is signed by
 * its hash, so that a proposal without its body is still evidence.
 * @module
 */
import * as cbor from '@ipld/dag-cbor'
import type { Hash, PeerId, TaskId } from '../foundation/ids.ts'
import type { Commit } from './certificate.ts'
import type { Evidence } from './evidence.ts'
import type { Score } from './veto.ts'

/** sha-256 of a commit body: what is voted on. `null` is a vote for nothing in this round. */
export type Value = Hash | null
export type VoteKind = 'prevote' | 'precommit'

export interface UnsignedProposal {
  readonly type: 'proposal'
  readonly task: TaskId
  readonly height: number
  readonly round: number
  /** round of the polka that makes this value acceptable to locked members, −1 for a fresh value */
  readonly validRound: number
  readonly value: Hash
  /** the body's time, ms since 1970 by the clock of the member that first proposed it */
  readonly time: number
  readonly member: PeerId
}
/** A proposal as it is signed and kept as evidence: without its body. */
export interface ProposalHeader extends UnsignedProposal {
  readonly signature: Uint8Array
}
export interface Proposal extends ProposalHeader {
  /** canonical bytes of the commit body, `sha256(body) = value` */
  readonly body: Uint8Array
}

export interface UnsignedVote {
  readonly type: VoteKind
  readonly task: TaskId
  readonly height: number
  readonly round: number
  readonly value: Value
  /** of the result on the member's own held-out shard; only in precommits for a value */
  readonly score: Score | null
  readonly member: PeerId
}
export interface Vote extends UnsignedVote {
  readonly signature: Uint8Array
}

/** What a member holds of one round: votes as bits by the member's place in the committee. */
export interface Holding {
  readonly round: number
  readonly proposal: boolean
  readonly prevotes: number
  readonly precommits: number
}

/** "This is where I am and what I have": answered with what is missing. Unsigned; the transport names the sender. */
export interface Status {
  readonly type: 'status'
  readonly task: TaskId
  readonly height: number
  readonly round: number
  /** it may have lost its log, and asks for whatever it signed in this height */
  readonly listens: boolean
  /** the sender's clock in units of the gossip interval: makes each status unlike the last and turns over who answers */
  readonly tick: number
  /** of the current round and of the one before */
  readonly holdings: readonly Holding[]
  /** a polka that the current proposal claims and the sender has not seen whole */
  readonly polka: { readonly round: number; readonly value: Hash; readonly prevotes: number } | null
  /** values that more than a third voted for and whose bodies the sender lacks */
  readonly bodies: readonly Hash[]
}

/** A final commit, for a member that missed the end of its height. */
export interface CommitMessage {
  readonly type: 'commit'
  readonly commit: Commit
}

/** What a member did, for everyone's pool of evidence. */
export interface EvidenceMessage {
  readonly type: 'evidence'
  readonly evidence: Evidence
}

export type SignedMessage = Proposal | Vote
/** What the machine hears and says. */
export type Message = SignedMessage | Status | CommitMessage
/** What members say to each other: also what is for the pool of evidence, and none of the machine's business. */
export type MemberMessage = Message | EvidenceMessage

export const proposalDomain = 'consensus/proposal/1'
export const voteDomain = 'consensus/vote/1'

export function proposalSignBytes(p: UnsignedProposal): Uint8Array {
  return cbor.encode([p.task, p.height, p.round, p.validRound, p.value, p.time])
}

export function voteSignBytes(v: UnsignedVote): Uint8Array {
  return cbor.encode([v.type, v.task, v.height, v.round, v.value, v.score && [...scoreFields(v.score)]])
}

function scoreFields(score: Score): [number, number, number] {
  return [score.before, score.after, score.examples]
}

/** Signs a statement; deterministic (Ed25519 is), so that signing the same twice gives the same bytes. */
export type Sign = (statement: UnsignedProposal | UnsignedVote) => Uint8Array
/** Whether `statement.member` signed it. */
export type Verify = (statement: ProposalHeader | Vote) => boolean

/** @param identity - as foundation's `createIdentity` gives it */
export function signer(identity: { sign(domain: string, bytes: Uint8Array): Uint8Array }): Sign {
  return (statement) =>
    statement.type === 'proposal'
      ? identity.sign(proposalDomain, proposalSignBytes(statement))
      : identity.sign(voteDomain, voteSignBytes(statement))
}

/** @param verifySignature - foundation's, or one that verifies in batches or in WASM */
export function verifier(
  verifySignature: (peer: PeerId, domain: string, bytes: Uint8Array, signature: Uint8Array) => boolean,
): Verify {
  return (statement) =>
    statement.type === 'proposal'
      ? verifySignature(statement.member, proposalDomain, proposalSignBytes(statement), statement.signature)
      : verifySignature(statement.member, voteDomain, voteSignBytes(statement), statement.signature)
}

/** The proposal without its body. */
export function headerOf({ body: _, ...header }: Proposal): ProposalHeader {
  return header
}
