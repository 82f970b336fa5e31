/**
 * Frames of the exchange protocol: one byte of kind, 32 bytes of hash, and for a chunk its bytes (wire/SPEC.md).
 * @module
 */
import { bytesToHex, type Hash, hexToBytes } from '../foundation/index.ts'
import { limits } from '../wire/index.ts'

export type ExchangeFrame =
  | { kind: 'want'; hash: Hash }
  | { kind: 'chunk'; hash: Hash; bytes: Uint8Array }
  | { kind: 'missing'; hash: Hash }

const kinds = ['want', 'chunk', 'missing'] as const
const headerBytes = 33

export function encodeFrame(frame: ExchangeFrame): Uint8Array {
  const payload = frame.kind === 'chunk' ? frame.bytes : new Uint8Array(0)
  const out = new Uint8Array(headerBytes + payload.length)
  out[0] = kinds.indexOf(frame.kind) + 1
  out.set(hexToBytes(frame.hash), 1)
  out.set(payload, headerBytes)
  return out
}

/** @returns `undefined` for bytes that are no frame */
export function decodeFrame(bytes: Uint8Array): ExchangeFrame | undefined {
  const kind = kinds[(bytes[0] ?? 0) - 1]
  if (kind === undefined || bytes.length < headerBytes || bytes.length > limits.exchangeFrameBytes) return undefined
  const hash = bytesToHex(bytes.subarray(1, headerBytes)) as Hash
  if (kind === 'chunk') return { kind, hash, bytes: bytes.subarray(headerBytes) }
  return bytes.length === headerBytes ? { kind, hash } : undefined
}
