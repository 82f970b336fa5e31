/** sha-256 (FIPS 180-4), synchronous, the same in a tab, a worker and Node: there OpenSSL's, by the processor's own instructions. @module */
import { sha256 as digest } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Hash } from './ids.ts'

export { bytesToHex, hexToBytes, utf8ToBytes }

/** `undefined` in a tab, whose own digest is asynchronous, and in a Node before 21.7. */
const platformHash = typeof process === 'object' ? process.getBuiltinModule?.('node:crypto').hash : undefined

/** @returns 64 lower-case hex digits */
export const sha256: (bytes: Uint8Array) => Hash = platformHash
  ? (bytes) => platformHash('sha256', bytes, 'hex') as Hash
  : portableSha256

/** The same in JavaScript. */
export function portableSha256(bytes: Uint8Array): Hash {
  return bytesToHex(digest(bytes)) as Hash
}

/** `last → sha-256(first ‖ last)` for many `last`: `first` is hashed once. @returns 32 bytes, overwritten by the next call */
export function sha256Of(first: Uint8Array): (last: Uint8Array) => Uint8Array {
  const begun = digest.create().update(first)
  const scratch = digest.create()
  const out = new Uint8Array(32)
  return (last) => {
    begun._cloneInto(scratch).update(last).digestInto(out)
    return out
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
