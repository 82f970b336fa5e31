/**
 * What is voted on: everything that makes one committed round, as canonical bytes under one hash.
 *
 * The machine never looks inside: to it a body is bytes and a hash. Who recomputes it needs the contributions named
 * here; who verifies it as a light client needs height, time, parent and the two committees; who folds the chain into
 * reputation needs contributions, rejections, scores, evidence and admissions, and nothing that is not in here.
 * @module
 */
import * as cbor from '@ipld/dag-cbor'
import { z } from 'zod'
import { bytesToHex, hexToBytes, sameBytes, sha256 } from '../foundation/hash.ts'
import type { BlobId, ContributionId, Hash, TaskId } from '../foundation/ids.ts'
import { kiB } from '../foundation/units.ts'
import { limits } from '../wire/limits.ts'
import { type Accepted, acceptedSchema, type Rejected, rejectionReasonSchema, tierSchema } from '../wire/messages.ts'
import { type AggregationSpec, aggregationSchema } from '../wire/task.ts'
import { type Committee, createCommittee, type Member, maxCommitteeSize } from './committee.ts'
import { ConsensusError } from './errors.ts'
import { maxTotalPower } from './power.ts'
import { bytesSchema, heightSchema, peerIdSchema, timeSchema } from './schemas.ts'

export interface CommitBody {
  readonly task: TaskId
  /** place in the chain of commits, from 1 */
  readonly height: number
  /** the training round that it ends */
  readonly round: number
  /** ms since 1970 by the proposer's clock, above the parent's */
  readonly time: number
  /** hash of the body before; of the task's genesis at height 1 */
  readonly parent: Hash
  /** the model that was trained from: the parent's result */
  readonly base: BlobId
  /** that entered the aggregate, ascending by id */
  readonly contributions: readonly Accepted[]
  /** whose work did not, with why, ascending by peer */
  readonly rejected: readonly Rejected[]
  /** root of the reputation weights that were used */
  readonly weights: Hash
  /** the pipeline that made the result, and its parameters */
  readonly aggregation: AggregationSpec
  /** the aggregate: the new global model */
  readonly result: BlobId
  /** of the result's blob */
  readonly resultBytes: number
  /** encoded evidence that counts from this commit on, ascending by hash */
  readonly evidence: readonly Uint8Array[]
  /** envelopes of type `scores` about the contributions of the commit before, one of each scorer, ascending by hash */
  readonly scores: readonly Uint8Array[]
  /** envelopes of type `application` of those who are let in from the next round on, one of each peer, ascending by hash */
  readonly admitted: readonly Uint8Array[]
  /** that votes on this body */
  readonly committee: Hash
  /** that votes on the next one; another only at an epoch's border */
  readonly nextCommittee: Hash
  /** who that is, where it is another one */
  readonly elected: readonly Member[] | null
}

export const maxBodyBytes = 48 * kiB
/** Pieces of evidence in a body, and bytes of one: two signed statements at most. */
export const maxEvidence = 24
export const maxEvidenceBytes = 2 * kiB

const hashBytes = bytesSchema(32, 32)
const { examples, weight } = acceptedSchema.shape

/** Hashes travel as 32 bytes, records of which there are many as tuples. */
const bodySchema = z.strictObject({
  task: hashBytes,
  height: heightSchema,
  round: z.int().min(0).max(0xffff_ffff),
  time: timeSchema,
  parent: hashBytes,
  base: hashBytes,
  contributions: z
    .array(z.tuple([hashBytes, peerIdSchema, hashBytes, examples, weight, tierSchema.nullable()]))
    .max(limits.contributionsPerRound),
  rejected: z
    .array(z.tuple([peerIdSchema, rejectionReasonSchema, hashBytes.nullable()]))
    .max(limits.rejectionsPerRound),
  weights: hashBytes,
  aggregation: aggregationSchema,
  result: hashBytes,
  resultBytes: z.int().min(1).max(limits.blobBytes),
  evidence: z.array(bytesSchema(1, maxEvidenceBytes)).max(maxEvidence),
  scores: z.array(bytesSchema(1, limits.scoresBytes)).max(limits.scoresPerRound),
  admitted: z.array(bytesSchema(1, limits.applicationBytes)).max(limits.admissionsPerCommit),
  committee: hashBytes,
  nextCommittee: hashBytes,
  elected: z
    .array(z.tuple([peerIdSchema, z.int().min(1).max(maxTotalPower)]))
    .max(maxCommitteeSize)
    .nullable(),
})

/**
 * Canonical bytes. Lists that are sets (contributions, rejections, evidence, scores, admissions) are put in ascending order.
 *
 * @throws {@link ConsensusError} `UNDECODABLE` when the body breaks a limit, so that nobody proposes what nobody can read
 */
export function encodeBody(body: CommitBody): Uint8Array {
  const bytes = cbor.encode({
    ...body,
    task: hexToBytes(body.task),
    parent: hexToBytes(body.parent),
    base: hexToBytes(body.base),
    contributions: [...body.contributions]
      .sort((a, b) => compare(a.id, b.id))
      .map((one) => [
        ...[hexToBytes(one.id), one.peer, hexToBytes(one.delta), one.examples, one.weight],
        one.tier ?? null,
      ]),
    rejected: [...body.rejected]
      .sort((a, b) => compare(a.peer, b.peer))
      .map(({ peer, reason, id }) => [peer, reason, id === undefined ? null : hexToBytes(id)]),
    weights: hexToBytes(body.weights),
    result: hexToBytes(body.result),
    evidence: byHash(body.evidence),
    scores: byHash(body.scores),
    admitted: byHash(body.admitted),
    committee: hexToBytes(body.committee),
    nextCommittee: hexToBytes(body.nextCommittee),
    elected: body.elected?.map(({ peer, power }) => [peer, power]) ?? null,
  })
  decodeBody(bytes)
  return bytes
}

const hashes = new WeakMap<Uint8Array, Hash>()
const bodies = new WeakMap<Uint8Array, CommitBody>()

/** Computed once an array, which is not to be changed after. */
export function bodyHash(bytes: Uint8Array): Hash {
  const hash = hashes.get(bytes) ?? sha256(bytes)
  hashes.set(bytes, hash)
  return hash
}

/**
 * The same value for the same array, as long as it lives: neither is to be changed after.
 * @throws {@link ConsensusError} `UNDECODABLE`
 */
export function decodeBody(bytes: Uint8Array): CommitBody {
  const body = bodies.get(bytes) ?? readBody(bytes)
  bodies.set(bytes, body)
  return body
}

function readBody(bytes: Uint8Array): CommitBody {
  const refuse = (reason: string) => new ConsensusError({ code: 'UNDECODABLE', what: 'commit body', reason })
  if (bytes.length > maxBodyBytes) throw refuse(`${bytes.length} bytes, at most ${maxBodyBytes}`)
  let raw: z.infer<typeof bodySchema>
  try {
    raw = bodySchema.parse(cbor.decode(bytes))
  } catch {
    throw refuse('not a commit body')
  }
  // dag-cbor has one encoding for one value; a decoder that is more patient than that is no reason to accept two.
  if (!sameBytes(cbor.encode(raw), bytes)) throw refuse('not in canonical form')
  const hash = (value: Uint8Array) => bytesToHex(value) as Hash
  const body: CommitBody = {
    ...raw,
    task: hash(raw.task) as TaskId,
    parent: hash(raw.parent),
    base: hash(raw.base),
    contributions: raw.contributions.map(([id, peer, delta, examples, weight, tier]) => {
      const told = tier === null ? {} : { tier }
      return { id: hash(id) as ContributionId, peer, delta: hash(delta), examples, weight, ...told }
    }),
    rejected: raw.rejected.map(([peer, reason, id]) => {
      return { peer, reason, ...(id === null ? {} : { id: hash(id) as ContributionId }) }
    }),
    weights: hash(raw.weights),
    result: hash(raw.result),
    committee: hash(raw.committee),
    nextCommittee: hash(raw.nextCommittee),
    elected: raw.elected?.map(([peer, power]) => ({ peer, power })) ?? null,
  }
  const ids = body.contributions.map(({ id }) => id)
  const peers = body.rejected.map(({ peer }) => peer)
  const hashed = [body.evidence, body.scores, body.admitted].map((list) => list.map(sha256))
  if (![ids, peers, ...hashed].every(isAscending)) throw refuse('a list is not ascending')
  return body
}

function byHash(list: readonly Uint8Array[]): Uint8Array[] {
  return [...list].sort((a, b) => compare(sha256(a), sha256(b)))
}

/** By code unit, the same on every machine. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isAscending(list: readonly string[]): boolean {
  return list.every((item, index) => index === 0 || list[index - 1]! < item)
}

/**
 * Who votes after a body, by its own word.
 * @param current - that votes on it
 * @throws {@link ConsensusError} `BAD_COMMITTEE` when the members that it tells are not those of the hash that it names
 */
export function committeeAfter(
  { elected, nextCommittee }: Pick<CommitBody, 'elected' | 'nextCommittee'>,
  current: Committee,
): Committee {
  const next = elected === null ? current : createCommittee(elected)
  if (next.hash === nextCommittee) return next
  throw new ConsensusError({ code: 'BAD_COMMITTEE', reason: 'not the next committee that the body names' })
}
