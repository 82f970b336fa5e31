/**
 * What is voted on: everything that makes one committed round, as canonical bytes under one hash.
 *
 * The machine never looks inside: to it a body is bytes and a hash. Who recomputes it needs the contributions named
 * here; who verifies it as a light client needs height, time, parent and the two committees.
 * @module
 */
import * as cbor from '@ipld/dag-cbor'
import { z } from 'zod'
import { bytesToHex, hexToBytes, sha256 } from '../foundation/hash.ts'
import type { ContributionId, Hash, TaskId } from '../foundation/ids.ts'
import { kiB } from '../foundation/units.ts'
import { ConsensusError } from './errors.ts'
import { bytesSchema, heightSchema, timeSchema } from './schemas.ts'

export interface Rejection {
  readonly contribution: ContributionId
  /** a stable code of the room that refused it, e.g. `WRONG_SHAPE` */
  readonly reason: string
}

/** The pipeline that made the result, as the task names it. */
export interface AggregatorChoice {
  /** e.g. `["arc", "nnm", "trimmed-mean"]` */
  readonly rules: readonly string[]
  readonly parameters: Readonly<Record<string, number | string | boolean>>
}

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
  /** that entered the aggregate, ascending */
  readonly contributions: readonly ContributionId[]
  /** that did not, with why, ascending */
  readonly rejected: readonly Rejection[]
  /** root of the reputation weights that were used */
  readonly weights: Hash
  readonly aggregator: AggregatorChoice
  /** hash of the aggregate: the new global model */
  readonly result: Hash
  /** hashes of the evidence that this commit makes count, ascending */
  readonly evidence: readonly Hash[]
  /** that votes on this body */
  readonly committee: Hash
  /** that votes on the next one; another only at an epoch's border */
  readonly nextCommittee: Hash
}

export const maxBodyBytes = 48 * kiB
const maxContributions = 1024
const maxEvidence = 64

const hashBytes = bytesSchema(32, 32)
const ruleName = z.string().min(1).max(64)

/** Hashes travel as 32 bytes. */
const bodySchema = z.strictObject({
  task: hashBytes,
  height: heightSchema,
  round: z.int().min(0).max(0xffff_ffff),
  time: timeSchema,
  parent: hashBytes,
  contributions: z.array(hashBytes).max(maxContributions),
  rejected: z.array(z.tuple([hashBytes, z.string().min(1).max(64)])).max(maxContributions),
  weights: hashBytes,
  aggregator: z.strictObject({
    rules: z.array(ruleName).min(1).max(16),
    parameters: z.record(ruleName, z.union([z.number(), z.string().max(256), z.boolean()])),
  }),
  result: hashBytes,
  evidence: z.array(hashBytes).max(maxEvidence),
  committee: hashBytes,
  nextCommittee: hashBytes,
})

/**
 * Canonical bytes. Lists that are sets (contributions, rejections, evidence) are put in ascending order.
 *
 * @throws {@link ConsensusError} `UNDECODABLE` when the body breaks a limit, so that nobody proposes what nobody can read
 */
export function encodeBody(body: CommitBody): Uint8Array {
  const bytes = cbor.encode({
    ...body,
    task: hexToBytes(body.task),
    parent: hexToBytes(body.parent),
    contributions: [...body.contributions].sort().map(hexToBytes),
    rejected: [...body.rejected]
      .sort((a, b) => (a.contribution < b.contribution ? -1 : 1))
      .map(({ contribution, reason }) => [hexToBytes(contribution), reason]),
    weights: hexToBytes(body.weights),
    aggregator: { rules: [...body.aggregator.rules], parameters: { ...body.aggregator.parameters } },
    result: hexToBytes(body.result),
    evidence: [...body.evidence].sort().map(hexToBytes),
    committee: hexToBytes(body.committee),
    nextCommittee: hexToBytes(body.nextCommittee),
  })
  decodeBody(bytes)
  return bytes
}

export function bodyHash(bytes: Uint8Array): Hash {
  return sha256(bytes)
}

/** @throws {@link ConsensusError} `UNDECODABLE` */
export function decodeBody(bytes: Uint8Array): CommitBody {
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
    contributions: raw.contributions.map((id) => hash(id) as ContributionId),
    rejected: raw.rejected.map(([id, reason]) => ({ contribution: hash(id) as ContributionId, reason })),
    weights: hash(raw.weights),
    result: hash(raw.result),
    evidence: raw.evidence.map(hash),
    committee: hash(raw.committee),
    nextCommittee: hash(raw.nextCommittee),
  }
  const rejected = body.rejected.map(({ contribution }) => contribution)
  if (![body.contributions, rejected, body.evidence].every(isAscending)) throw refuse('a list is not ascending')
  return body
}

function isAscending(list: readonly string[]): boolean {
  return list.every((item, index) => index === 0 || list[index - 1]! < item)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

/** What every member knows before it looks at a body. */
export interface BodyContext {
  readonly task: TaskId
  readonly height: number
  readonly parent: Hash
  /** the parent's, ms; 0 at height 1 */
  readonly parentTime: number
  readonly committee: Hash
  /** as this member elected it; equal to `committee` within an epoch */
  readonly nextCommittee: Hash
}

/** The part of validity that needs no recomputation: does the body belong here? `undefined` when it does. */
export function misplaced(body: CommitBody, context: BodyContext): keyof CommitBody | undefined {
  if (body.task !== context.task) return 'task'
  if (body.height !== context.height) return 'height'
  if (body.parent !== context.parent) return 'parent'
  if (body.time <= context.parentTime) return 'time'
  if (body.committee !== context.committee) return 'committee'
  if (body.nextCommittee !== context.nextCommittee) return 'nextCommittee'
  return undefined
}
