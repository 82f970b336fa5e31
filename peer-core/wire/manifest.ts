/**
 * A blob of any size is cut into 64 KiB chunks, each named by its sha-256; the manifest lists them, and the manifest's
 * own sha-256 names the blob.
 * @module
 */
import { z } from 'zod'
import { type BlobId, bytesToHex, type Hash, hexToBytes, sha256 } from '../foundation/index.ts'
import { bytesSchema, decode, encode, WireError } from './codec.ts'
import { limits } from './limits.ts'

const manifestSchema = z.strictObject({
  v: z.literal(1),
  bytes: z.int().min(1).max(limits.blobBytes),
  /** 32 bytes a chunk */
  chunks: bytesSchema(32 * limits.blobChunks),
})

export interface Manifest {
  /** of the whole blob */
  readonly bytes: number
  readonly chunks: readonly Hash[]
}

export interface CutBlob {
  readonly id: BlobId
  readonly manifest: Uint8Array
  readonly chunks: readonly { hash: Hash; bytes: Uint8Array }[]
}

/**
 * Cuts without copying: the chunks are views of `bytes`.
 * @throws {RangeError} for no bytes, or more than `limits.blobBytes`
 */
export function cutBlob(bytes: Uint8Array): CutBlob {
  if (bytes.length === 0 || bytes.length > limits.blobBytes) {
    throw new RangeError(`a blob has 1 to ${limits.blobBytes} bytes, not ${bytes.length}`)
  }
  const count = Math.ceil(bytes.length / limits.chunkBytes)
  const chunks = Array.from({ length: count }, (_, i) => {
    const chunk = bytes.subarray(i * limits.chunkBytes, (i + 1) * limits.chunkBytes)
    return { hash: sha256(chunk), bytes: chunk }
  })
  const names = new Uint8Array(count * 32)
  for (const [i, chunk] of chunks.entries()) names.set(hexToBytes(chunk.hash), i * 32)
  const manifest = encode({ v: 1, bytes: bytes.length, chunks: names })
  return { id: sha256(manifest), manifest, chunks }
}

/** @throws {@link WireError} when the number of chunks is not what the size needs */
export function readManifest(bytes: Uint8Array): Manifest {
  const { bytes: total, chunks } = decode(manifestSchema, bytes, limits.manifestBytes)
  const count = Math.ceil(total / limits.chunkBytes)
  if (chunks.length !== count * 32) {
    throw new WireError({ code: 'INVALID', where: 'chunks', why: `${chunks.length} bytes for ${count} chunks` })
  }
  const names = Array.from({ length: count }, (_, i) => bytesToHex(chunks.subarray(i * 32, (i + 1) * 32)) as Hash)
  return { bytes: total, chunks: names }
}

/** Bytes of the chunk at `index`. */
export function chunkSize(manifest: Manifest, index: number): number {
  return Math.min(limits.chunkBytes, manifest.bytes - index * limits.chunkBytes)
}
