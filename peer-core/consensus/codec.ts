/**
 * Bytes of messages, certificates, evidence and log records: dag-cbor of the values themselves, with a schema and a
 * byte limit for each that is read before anything else is.
 * @module
 */
import * as cbor from '@ipld/dag-cbor'
import { z } from 'zod'
import { messageOf } from '../foundation/errors.ts'
import { sameBytes } from '../foundation/hash.ts'
import { limits } from '../wire/limits.ts'
import type { Commit } from './certificate.ts'
import { maxBodyBytes } from './commit-body.ts'
import { maxCommitteeSize } from './committee.ts'
import { ConsensusError } from './errors.ts'
import type { Evidence } from './evidence.ts'
import type { MemberMessage } from './messages.ts'
import {
  bytesSchema,
  hashSchema,
  heightSchema,
  peerIdSchema,
  roundSchema,
  scoreSchema,
  signatureSchema,
  taskSchema,
  timeSchema,
} from './schemas.ts'
import type { WalRecord } from './wal.ts'

/** A proposal or a commit carries a body of at most 48 KiB, so this is the most for every message; gossip takes 64 KiB. */
export const maxMessageBytes = limits.consensusBytes

const place = { task: taskSchema, height: heightSchema, round: roundSchema }
const header = {
  type: z.literal('proposal'),
  ...place,
  validRound: z.int().min(-1).max(1_000_000),
  value: hashSchema,
  time: timeSchema,
  member: peerIdSchema,
  signature: signatureSchema,
}
const body = bytesSchema(1, maxBodyBytes)
const headerSchema = z.strictObject(header)
const voteOf = <K extends 'prevote' | 'precommit'>(kind: K) =>
  z.strictObject({
    type: z.literal(kind),
    ...place,
    value: hashSchema.nullable(),
    score: scoreSchema,
    member: peerIdSchema,
    signature: signatureSchema,
  })
const prevoteSchema = voteOf('prevote')
const precommitSchema = voteOf('precommit')
const voteSchema = z.discriminatedUnion('type', [prevoteSchema, precommitSchema])

export const certificateSchema = z.strictObject({
  ...place,
  value: hashSchema,
  committee: hashSchema,
  entries: z
    .array(z.strictObject({ member: peerIdSchema, score: scoreSchema, signature: signatureSchema }))
    .max(maxCommitteeSize),
})
const commitSchema = z.strictObject({ body, certificate: certificateSchema })

const mask = z
  .int()
  .min(0)
  .max(2 ** maxCommitteeSize - 1)
const statusSchema = z.strictObject({
  type: z.literal('status'),
  ...place,
  listens: z.boolean(),
  tick: timeSchema,
  holdings: z
    .array(z.strictObject({ round: roundSchema, proposal: z.boolean(), prevotes: mask, precommits: mask }))
    .max(2),
  polka: z.strictObject({ round: roundSchema, value: hashSchema, prevotes: mask }).nullable(),
  bodies: z.array(hashSchema).max(4),
})

const evidenceSchema = z.union([
  z.strictObject({ type: z.literal('equivocation'), first: voteSchema, second: voteSchema }),
  z.strictObject({ type: z.literal('equivocation'), first: headerSchema, second: headerSchema }),
  z.strictObject({ type: z.literal('invalid-proposal'), proposal: headerSchema }),
  z.strictObject({ type: z.literal('wrong-vote'), vote: voteSchema }),
  z.strictObject({ type: z.literal('score'), vote: voteSchema }),
])

const messageSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...header, body }),
  prevoteSchema,
  precommitSchema,
  statusSchema,
  z.strictObject({ type: z.literal('commit'), commit: commitSchema }),
  z.strictObject({ type: z.literal('evidence'), evidence: evidenceSchema }),
])

const polka = {
  height: heightSchema,
  round: roundSchema,
  value: hashSchema,
  prevotes: z.array(prevoteSchema).max(maxCommitteeSize),
}
const recordSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('body'), height: heightSchema, value: hashSchema, body, time: timeSchema }),
  z.strictObject({
    type: z.literal('signed'),
    height: heightSchema,
    statement: z.discriminatedUnion('type', [headerSchema, prevoteSchema, precommitSchema]),
  }),
  z.strictObject({ type: z.literal('lock'), ...polka }),
  z.strictObject({ type: z.literal('valid'), ...polka }),
  z.strictObject({
    type: z.literal('round'),
    height: heightSchema,
    round: roundSchema,
    precommits: z.array(precommitSchema).max(2 * maxCommitteeSize),
  }),
  z.strictObject({ type: z.literal('commit'), height: heightSchema, commit: commitSchema }),
])

/** One encoder for all: the types are plain data, and dag-cbor gives one value one encoding. */
export function encode(value: MemberMessage | Commit | Evidence | WalRecord): Uint8Array {
  return cbor.encode(value)
}

/** @throws {@link ConsensusError} `UNDECODABLE` */
export function decodeMessage(bytes: Uint8Array): MemberMessage {
  return decode('message', messageSchema, bytes)
}

/** @throws {@link ConsensusError} `UNDECODABLE` */
export function decodeCommit(bytes: Uint8Array): Commit {
  return decode('commit', commitSchema, bytes)
}

/** @throws {@link ConsensusError} `UNDECODABLE` */
export function decodeEvidence(bytes: Uint8Array): Evidence {
  return decode('evidence', evidenceSchema, bytes)
}

/** @throws {@link ConsensusError} `UNDECODABLE` */
export function decodeRecord(bytes: Uint8Array): WalRecord {
  return decode('record', recordSchema, bytes)
}

/**
 * The log of a member, entry by entry. A torn *last* entry is dropped: nothing was done after it. A broken entry before
 * others is a hole in this member's memory, after which it must not sign.
 *
 * @throws {@link ConsensusError} `UNDECODABLE`
 */
export function decodeLog(entries: readonly Uint8Array[]): WalRecord[] {
  return entries.flatMap((entry, index) => {
    try {
      return [decodeRecord(entry)]
    } catch (error) {
      if (index === entries.length - 1) return []
      throw error
    }
  })
}

/** A commit is read when it is judged, again when it is stored, and again by the next peer of a simulation: once an array. */
const decoded = new WeakMap<Uint8Array, { readonly schema: z.ZodType; readonly value: unknown }>()

/** The same value for the same array, as long as it lives: neither is to be changed after. */
function decode<T>(what: string, schema: z.ZodType<T>, bytes: Uint8Array): T {
  const known = decoded.get(bytes)
  if (known?.schema === schema) return known.value as T
  const refuse = (reason: string, cause?: unknown) =>
    new ConsensusError({ code: 'UNDECODABLE', what, reason }, undefined, { cause })
  if (bytes.length > maxMessageBytes) throw refuse(`${bytes.length} bytes, at most ${maxMessageBytes}`)
  let value: unknown
  try {
    value = cbor.decode(bytes)
  } catch (error) {
    throw refuse(messageOf(error), error)
  }
  const read = schema.safeParse(value)
  if (!read.success) throw refuse('not of its schema', read.error)
  // Or one signed vote would be as many messages as there are ways to write it.
  if (!sameBytes(cbor.encode(read.data), bytes)) throw refuse('not in canonical form')
  decoded.set(bytes, { schema, value: read.data })
  return read.data
}
