/**
 * Gzip (RFC 1952) with a limit on what comes out, so that a small file cannot fill the memory.
 *
 * fflate inflates; the checksum and the size at the end of the file are checked here, because fflate does not.
 * @module
 */
import { Gunzip } from 'fflate'
import { concatBytes } from '../../foundation/index.ts'
import { DataError } from '../errors.ts'

// Deflate expands at most 1032 times: 16 kB in make at most 16 MB out before the limit is looked at again.
const inputBytes = 16 * 1024

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/**
 * @param file - named in errors
 * @param limit - bytes that may come out
 * @throws {@link DataError} `BAD_GZIP`, `TOO_LARGE`
 */
export function gunzip(bytes: Uint8Array, file: string, limit: number): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  let total = 0
  let finished = false
  const stream = new Gunzip((part, final) => {
    parts.push(part)
    total += part.length
    finished ||= final
  })
  for (let at = 0; at < bytes.length; at += inputBytes) {
    const last = at + inputBytes >= bytes.length
    try {
      stream.push(bytes.subarray(at, at + inputBytes), last)
    } catch (error) {
      bad(file, error instanceof Error ? error.message : String(error))
    }
    if (total > limit) {
      const message = `${file}: inflates to more than ${limit} bytes`
      throw new DataError({ code: 'TOO_LARGE', file, bytes: total, limit }, message)
    }
  }
  if (!finished || bytes.length < 18) bad(file, 'ends early')
  const out = concatBytes(...parts)
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8, 8)
  if (trailer.getUint32(4, true) !== out.length % 2 ** 32) bad(file, 'its size is not the one it states')
  if (trailer.getUint32(0, true) !== crc32(out)) bad(file, 'its checksum is wrong')
  return out
}

function bad(file: string, why: string): never {
  throw new DataError({ code: 'BAD_GZIP', file, why }, `${file}: damaged gzip file (${why})`)
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]!) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}
