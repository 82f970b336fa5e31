/**
 * A signed message: `{ type, peer, payload, signature }` in DAG-CBOR. The signature is over the payload's bytes *as
 * received*, under the domain `message/<type>/1`, so that no message can be passed off as one of another type and nothing
 * is ever re-encoded to be checked.
 * @module
 */
import { z } from 'zod'
import { type Hash, type Identity, type PeerId, sha256, verifySignature } from '../foundation/index.ts'
import { bytesSchema, decode, encode, WireError } from './codec.ts'
import { peerIdSchema } from './ids.ts'
import { limits } from './limits.ts'

export const messageTypes = [
  'task',
  'presence',
  'contribution',
  'commit',
  'evaluation',
  'scores',
  'application',
] as const
export type MessageType = (typeof messageTypes)[number]

const envelopeSchema = z.strictObject({
  type: z.enum(messageTypes),
  peer: peerIdSchema,
  payload: bytesSchema(limits.gossipBytes),
  signature: bytesSchema(64),
})

export interface Envelope {
  readonly type: MessageType
  readonly peer: PeerId
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** @returns the envelope's bytes and the hash of its payload */
export function seal(identity: Identity, type: MessageType, value: unknown): { bytes: Uint8Array; hash: Hash } {
  const payload = encode(value)
  const signature = identity.sign(`message/${type}/1`, payload)
  return { bytes: encode({ type, peer: identity.peerId, payload, signature }), hash: sha256(payload) }
}

/** Decodes without verifying: for what others have verified and signed for. @throws {@link WireError} */
export function readSealed(bytes: Uint8Array, limit: number = limits.gossipBytes): Envelope {
  return decode(envelopeSchema, bytes, limit)
}

const verified = new WeakSet<Envelope>()

/**
 * Decodes and verifies.
 * @throws {@link WireError} `TOO_LARGE`, `MALFORMED`, `INVALID`, `BAD_SIGNATURE`
 */
export function open(bytes: Uint8Array, limit: number = limits.gossipBytes): Envelope {
  const envelope = decode(envelopeSchema, bytes, limit)
  if (verified.has(envelope)) return envelope
  const { peer, type, payload, signature } = envelope
  if (!verifySignature(peer, `message/${type}/1`, payload, signature)) {
    throw new WireError({ code: 'BAD_SIGNATURE', peer })
  }
  verified.add(envelope)
  return envelope
}
