/**
 * DAG-CBOR with a byte limit and a schema: the only way in for what a peer sent.
 *
 * DAG-CBOR is the strict, deterministic subset of CBOR (RFC 8949 §4.2): one encoding for one value, no indefinite
 * lengths, no tags but links, map keys sorted. {@link https://ipld.io/specs/codecs/dag-cbor/spec/}
 * @module
 */
import * as dagCbor from '@ipld/dag-cbor'
import { z } from 'zod'
import { ZenError } from '../foundation/index.ts'

export type WireFault =
  | { code: 'TOO_LARGE'; bytes: number; limit: number }
  | { code: 'MALFORMED'; why: string }
  | { code: 'INVALID'; where: string; why: string }
  | { code: 'BAD_SIGNATURE'; peer: string }
export class WireError extends ZenError<WireFault> {}

/** @throws {TypeError} on `undefined`, functions and integers outside ±2⁵³ */
export function encode(value: unknown): Uint8Array<ArrayBuffer> {
  return dagCbor.encode(value) as Uint8Array<ArrayBuffer>
}

/** What bytes were decoded to: a message is read when it is judged, again when it is delivered, and again by the next peer of a simulation. */
const decoded = new WeakMap<Uint8Array, { readonly schema: z.ZodType; readonly value: unknown }>()

/**
 * The same value for the same array, as long as it lives: neither is to be changed after.
 *
 * @param limit - bytes; checked before anything is read
 * @throws {@link WireError} `TOO_LARGE`, `MALFORMED`, `INVALID` with the path of the first wrong field
 */
export function decode<T>(schema: z.ZodType<T>, bytes: Uint8Array, limit: number): T {
  if (bytes.length > limit) throw new WireError({ code: 'TOO_LARGE', bytes: bytes.length, limit })
  const known = decoded.get(bytes)
  // A value is kept with the schema that it has passed.
  if (known?.schema === schema) return known.value as T
  let raw: unknown
  try {
    raw = dagCbor.decode(bytes)
  } catch (error) {
    throw new WireError({ code: 'MALFORMED', why: error instanceof Error ? error.message : 'not DAG-CBOR' })
  }
  const value = check(schema, raw)
  decoded.set(bytes, { schema, value })
  return value
}

/** @throws {@link WireError} `INVALID` with the path of the first wrong field */
export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue?.path.join('.') || '(root)'
  throw new WireError({ code: 'INVALID', where, why: issue?.message ?? 'invalid' }, `${where}: ${issue?.message}`)
}

/** Bytes as they stand in CBOR, at most `limit` of them. */
export function bytesSchema(limit: number): z.ZodType<Uint8Array> {
  return z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length <= limit,
    `expected at most ${limit} bytes`,
  )
}
