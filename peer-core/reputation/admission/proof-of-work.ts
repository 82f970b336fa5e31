/**
 * Admission for anyone who does some work: hashcash over sha-256 (Back, "Hashcash – A Denial of Service Counter-Measure", 2002).
 *
 * The work names the task, the peer, and a recent commit: it cannot be sold, moved to another name, or done in advance by years.
 * `2^bits` hashes are expected to find it, one checks it.
 * @module
 */
import {
  concatBytes,
  type Hash,
  hexToBytes,
  type PeerId,
  sha256Of,
  type TaskId,
  utf8ToBytes,
} from '../../foundation/index.ts'
import type { Work } from '../../wire/index.ts'

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
  const zeroBits = triesOf(challenge)
  for (let nonce = from; nonce < from + attempts; nonce++) {
    if (zeroBits(nonce) >= challenge.bits) return { recent: challenge.recent, nonce }
  }
  return undefined
}

/** One hash. */
export function isWorkDone(challenge: WorkChallenge, nonce: number): boolean {
  return triesOf(challenge)(nonce) >= challenge.bits
}

/** How much work is to be expected, for whoever shows it to a person. */
export function expectedHashes(bits: number): number {
  return 2 ** bits
}

/**
 * `nonce → leading zero bits of sha-256(preimage)`, whose last 8 bytes are the nonce's. What stands before them is the same for all
 * nonces and is hashed once.
 */
function triesOf({ task, peer, recent }: WorkChallenge): (nonce: number) => number {
  const named = utf8ToBytes(`zen-mesh/admission-work/1/${peer}`)
  const digestOf = sha256Of(concatBytes(named, Uint8Array.of(0), hexToBytes(task), hexToBytes(recent)))
  const last = new Uint8Array(8)
  const view = new DataView(last.buffer)
  return (nonce) => {
    view.setUint32(0, Math.floor(nonce / 2 ** 32))
    view.setUint32(4, nonce >>> 0)
    return leadingZeroBits(digestOf(last))
  }
}

function leadingZeroBits(digest: Uint8Array): number {
  const zeros = digest.findIndex((byte) => byte !== 0)
  return zeros === -1 ? 256 : 8 * zeros + Math.clz32(digest[zeros]!) - 24
}
