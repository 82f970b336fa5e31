/**
 * Admission for anyone who does some work: hashcash over sha-256 (Back, "Hashcash – A Denial of Service Counter-Measure", 2002).
 *
 * The work names the task, the peer, and a recent commit: it cannot be sold, moved to another name, or done in advance by years.
 * `2^bits` hashes are expected to find it, one checks it.
 * @module
 */
import { z } from 'zod'
import {
  concatBytes,
  type Hash,
  hexToBytes,
  type PeerId,
  sha256,
  type TaskId,
  utf8ToBytes,
} from '../../foundation/index.ts'
import { hashSchema } from '../../wire/index.ts'

export const workSchema = z.strictObject({
  /** hash of the commit that the work is bound to; the task's id before the first commit */
  recent: hashSchema,
  nonce: z.int().min(0),
})
export type Work = z.infer<typeof workSchema>

export interface WorkChallenge {
  readonly task: TaskId
  readonly peer: PeerId
  readonly recent: Hash
  /** leading zero bits */
  readonly bits: number
}

/**
 * Looks for a nonce in `[from, from + attempts)`: a slice at a time, so that whoever looks can pause, show progress and stop.
 * @returns `undefined` when there is none in this slice
 */
export function searchWork(challenge: WorkChallenge, from: number, attempts: number): Work | undefined {
  const preimage = preimageOf(challenge)
  for (let nonce = from; nonce < from + attempts; nonce++) {
    if (leadingZeroBits(hashWith(preimage, nonce)) >= challenge.bits) return { recent: challenge.recent, nonce }
  }
  return undefined
}

/** One hash. */
export function isWorkDone(challenge: WorkChallenge, nonce: number): boolean {
  return leadingZeroBits(hashWith(preimageOf(challenge), nonce)) >= challenge.bits
}

/** How much work is to be expected, for whoever shows it to a person. */
export function expectedHashes(bits: number): number {
  return 2 ** bits
}

/** The last 8 bytes are the nonce's. */
function preimageOf({ task, peer, recent }: WorkChallenge): Uint8Array {
  const named = utf8ToBytes(`zen-mesh/admission-work/1/${peer}`)
  return concatBytes(named, Uint8Array.of(0), hexToBytes(task), hexToBytes(recent), new Uint8Array(8))
}

function hashWith(preimage: Uint8Array, nonce: number): Hash {
  const view = new DataView(preimage.buffer, preimage.byteOffset + preimage.length - 8)
  view.setBigUint64(0, BigInt(nonce))
  return sha256(preimage)
}

function leadingZeroBits(hash: Hash): number {
  const firstDigit = /[^0]/.exec(hash)
  if (firstDigit === null) return 256
  return 4 * firstDigit.index + Math.clz32(Number.parseInt(firstDigit[0], 16)) - 28
}
