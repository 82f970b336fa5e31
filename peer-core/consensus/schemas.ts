/** Schemas of the room's primitives, for everything that arrives as `unknown`. @module */
import { z } from 'zod'
import { type Hash, isHash, isPeerId, type PeerId, type TaskId } from '../foundation/ids.ts'

export const hashSchema = z
  .string()
  .refine(isHash, 'not a sha-256 in hex')
  .transform((text) => text as Hash)
export const taskSchema = hashSchema.transform((hash) => hash as TaskId)
export const peerIdSchema = z
  .string()
  .refine(isPeerId, 'not an Ed25519 peer id')
  .transform((text) => text as PeerId)

/** one commit a minute for eight thousand years */
export const heightSchema = z.int().min(1).max(0xffff_ffff)
/** timeouts grow with the round, so that an honest network never comes near */
export const roundSchema = z.int().min(0).max(1_000_000)
/** ms since 1970 */
export const timeSchema = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export function bytesSchema(min: number, max: number) {
  return z.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.length >= min && value.length <= max,
    `not ${min} to ${max} bytes`,
  )
}

export const signatureSchema = bytesSchema(64, 64)

const partsPerMillion = z.int().min(0).max(1_000_000)
export const scoreSchema = z
  .strictObject({ before: partsPerMillion, after: partsPerMillion, examples: z.int().min(0).max(1_000_000_000) })
  .nullable()
