/**
 * Commits and their certificates: a body, and signatures over its bytes by strictly more than two thirds of the
 * committee's power.
 * @module
 */
import {
  type Hash,
  type Identity,
  type PeerId,
  sha256,
  type TaskId,
  verifySignature,
  ZenError,
} from '../foundation/index.ts'
import {
  type Certificate,
  type CommitBody,
  type CommitteeMember,
  certificateSchema,
  commitBodySchema,
  decode,
  encode,
  limits,
} from '../wire/index.ts'

const domain = 'commit/1'

export type CommitFault =
  | { code: 'NO_QUORUM'; signed: number; needed: number }
  | { code: 'WRONG_TASK'; expected: TaskId; actual: TaskId }
  | { code: 'WRONG_PARENT'; round: number; expected: Hash; actual: Hash }
  | { code: 'GAP'; expected: number; actual: number }
  | { code: 'NOT_CANONICAL'; where: string }
  | { code: 'BAD_VOTE'; peer: PeerId }
export class CommitError extends ZenError<CommitFault> {}

export interface Commit {
  readonly body: CommitBody
  /** sha-256 of the body's bytes */
  readonly hash: Hash
  readonly certificate: Certificate
  /** the certificate's bytes, as received */
  readonly bytes: Uint8Array
}

/** What a commit must follow on: the commit before, or the task itself. */
export interface Parent {
  readonly task: TaskId
  readonly round: number
  readonly hash: Hash
  readonly model: Hash
}

export function signBody(identity: Identity, body: Uint8Array): Uint8Array {
  return identity.sign(domain, body)
}

export function verifyVote(peer: PeerId, body: Uint8Array, signature: Uint8Array): boolean {
  return verifySignature(peer, domain, body, signature)
}

/** The least power that is strictly more than two thirds of the committee's. */
export function quorum(committee: readonly CommitteeMember[]): number {
  return Math.floor((2 * powerOf(committee)) / 3) + 1
}

export function powerOf(members: readonly CommitteeMember[]): number {
  return members.reduce((sum, member) => sum + member.power, 0)
}

export function encodeCertificate(body: Uint8Array, votes: Certificate['votes']): Uint8Array<ArrayBuffer> {
  return encode({ body, votes })
}

/** @throws {@link WireError} */
export function readBody(bytes: Uint8Array): CommitBody {
  return decode(commitBodySchema, bytes, limits.gossipBytes)
}

/**
 * A certificate that a light client can believe: enough of the committee signed exactly these bytes.
 * Whether they follow on what we have is {@link checkFollows}'s business.
 *
 * @throws {@link WireError} when it cannot be read; {@link CommitError} `WRONG_TASK`, `BAD_VOTE`, `NO_QUORUM`
 */
export function verifyCertificate(bytes: Uint8Array, task: TaskId, committee: readonly CommitteeMember[]): Commit {
  const certificate = decode(certificateSchema, bytes, limits.gossipBytes)
  const body = readBody(certificate.body)
  if (body.task !== task) throw new CommitError({ code: 'WRONG_TASK', expected: task, actual: body.task })
  const power = new Map(committee.map((member) => [member.peer, member.power]))
  let signed = 0
  for (const { peer, signature } of certificate.votes) {
    const share = power.get(peer)
    // Also when a member stands twice: each counts once.
    if (share === undefined || !verifyVote(peer, certificate.body, signature)) {
      throw new CommitError({ code: 'BAD_VOTE', peer })
    }
    power.delete(peer)
    signed += share
  }
  const needed = quorum(committee)
  if (signed < needed) throw new CommitError({ code: 'NO_QUORUM', signed, needed })
  return { body, hash: sha256(certificate.body), certificate, bytes }
}

/** @throws {@link CommitError} `GAP`, `WRONG_PARENT`, `NOT_CANONICAL` */
export function checkFollows(body: CommitBody, parent: Parent): void {
  if (body.round !== parent.round + 1) {
    throw new CommitError({ code: 'GAP', expected: parent.round + 1, actual: body.round })
  }
  if (body.parent !== parent.hash) {
    throw new CommitError({ code: 'WRONG_PARENT', round: body.round, expected: parent.hash, actual: body.parent })
  }
  if (body.base !== parent.model) throw new CommitError({ code: 'NOT_CANONICAL', where: 'base' })
  if (!ascending(body.contributions.map((one) => one.id))) {
    throw new CommitError({ code: 'NOT_CANONICAL', where: 'contributions' })
  }
  if (!ascending(body.rejected.map((one) => one.peer))) {
    throw new CommitError({ code: 'NOT_CANONICAL', where: 'rejected' })
  }
  if (new Set(body.contributions.map((one) => one.peer)).size !== body.contributions.length) {
    throw new CommitError({ code: 'NOT_CANONICAL', where: 'contributions' })
  }
}

function ascending(ids: readonly string[]): boolean {
  return ids.every((id, i) => i === 0 || ids[i - 1]! < id)
}
