import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createIdentity, sha256 } from '../../peer-core/index.ts'
import {
  bytesToFloats,
  cutBlob,
  decode,
  encode,
  floatsToBytes,
  limits,
  open,
  readManifest,
  seal,
  WireError,
} from '../../peer-core/wire/index.ts'

const faultOf = (work: () => unknown) => {
  try {
    work()
  } catch (error) {
    if (error instanceof WireError) return error.fault
    throw error
  }
  return undefined
}

describe('decode', () => {
  const schema = z.strictObject({ n: z.int() })

  it('reads what was encoded', () => {
    expect(decode(schema, encode({ n: 3 }), 100)).toEqual({ n: 3 })
  })

  it('refuses what is too large before it looks at it', () => {
    expect(faultOf(() => decode(schema, new Uint8Array(101), 100))).toMatchObject({ code: 'TOO_LARGE', bytes: 101 })
  })

  it('names the field that is wrong', () => {
    expect(faultOf(() => decode(schema, encode({ n: 'x' }), 100))).toMatchObject({ code: 'INVALID', where: 'n' })
    expect(faultOf(() => decode(schema, encode({ n: 1, more: 2 }), 100))).toMatchObject({ code: 'INVALID' })
  })

  it('answers any bytes with a value or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const fault = faultOf(() => decode(schema, bytes, 1_000))
        expect(fault === undefined || ['MALFORMED', 'INVALID'].includes(fault.code)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is not brought down by nesting', () => {
    expect(faultOf(() => decode(schema, new Uint8Array(60_000).fill(0x81), limits.gossipBytes))?.code).toBe('MALFORMED')
  })
})

describe('open', () => {
  const identity = createIdentity(new Uint8Array(32).fill(1))

  it('gives back what was sealed, and its hash', () => {
    const { bytes, hash } = seal(identity, 'presence', { a: 1 })
    const envelope = open(bytes)
    expect(envelope).toMatchObject({ type: 'presence', peer: identity.peerId })
    expect(sha256(envelope.payload)).toBe(hash)
  })

  it('refuses a message passed off as one of another type', () => {
    const { type: _, ...rest } = open(seal(identity, 'presence', { a: 1 }).bytes)
    expect(faultOf(() => open(encode({ ...rest, type: 'commit' })))?.code).toBe('BAD_SIGNATURE')
  })

  it('refuses every message of which one bit was changed', () => {
    const { bytes } = seal(identity, 'presence', { a: 1, b: 'some text' })
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const changed = bytes.slice()
        changed[at]! ^= 1 << bit
        expect(faultOf(() => open(changed))).toBeDefined()
      }),
      { numRuns: 300 },
    )
  })
})

describe('cutBlob', () => {
  it.each([1, limits.chunkBytes - 1, limits.chunkBytes, limits.chunkBytes + 1, 5 * limits.chunkBytes])(
    'cuts %d bytes into chunks that the manifest names',
    (size) => {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i % 251)
      const { id, manifest, chunks } = cutBlob(bytes)
      expect(sha256(manifest)).toBe(id)
      expect(readManifest(manifest)).toEqual({ bytes: size, chunks: chunks.map((chunk) => chunk.hash) })
      expect(Buffer.concat(chunks.map((chunk) => chunk.bytes)).equals(Buffer.from(bytes))).toBe(true)
      for (const chunk of chunks) expect(sha256(chunk.bytes)).toBe(chunk.hash)
    },
  )

  it('refuses nothing at all', () => {
    expect(() => cutBlob(new Uint8Array(0))).toThrow(RangeError)
  })
})

describe('readManifest', () => {
  it('refuses a number of chunks that is not what the size needs', () => {
    const manifest = encode({ v: 1, bytes: 3 * limits.chunkBytes, chunks: new Uint8Array(32 * 2) })
    expect(faultOf(() => readManifest(manifest))).toMatchObject({ code: 'INVALID', where: 'chunks' })
  })
})

describe('bytesToFloats', () => {
  it('gives back the same bits', () => {
    const values = Float32Array.of(0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e-45)
    const bytes = floatsToBytes(values)
    // Off a multiple of 4, as bytes inside a message are.
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(floatsToBytes(bytesToFloats(shifted.subarray(1), 6))).toEqual(bytes)
  })

  it('refuses another length', () => {
    expect(() => bytesToFloats(new Uint8Array(7), 2)).toThrow(WireError)
  })
})
