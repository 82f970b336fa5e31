import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { DataError, decodeExamples, encodeExamples, generateHandwriting } from '../../../peer-core/learning/index.ts'
import { encode, WireError } from '../../../peer-core/wire/index.ts'

const written = generateHandwriting({ writers: 1, examplesPerWriter: 5, seed: 1 })
const expected = { shape: [28, 28, 1], classes: 10 }
const parts = { v: 1, shape: [2, 1, 1], classes: 2, features: Uint8Array.of(1, 2, 3, 4), labels: Uint8Array.of(0, 1) }
const small = { shape: [2, 1, 1], classes: 2 }

function faultOf(blob: unknown, wanted: { shape: number[]; classes: number; examples?: number } = small) {
  try {
    decodeExamples(encode(blob), wanted)
  } catch (error) {
    if (error instanceof DataError || error instanceof WireError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('encodeExamples', () => {
  it('gives bytes that decode to the same examples', () => {
    const { shape, classes, features, labels } = written
    expect(decodeExamples(encodeExamples(written), { ...expected, examples: 5 })).toEqual({
      shape,
      classes,
      features,
      labels,
    })
  })

  it('gives the same bytes for the same examples', () => {
    expect(encodeExamples(written)).toEqual(encodeExamples({ ...written }))
  })

  it('packs what can be packed', () => {
    const blob = encodeExamples(written)
    expect(blob.length).toBeLessThan(written.features.length / 2)
    const random = seededRandom('noise')
    const noise = Uint8Array.from({ length: 2_000 }, () => random.integer(256))
    const unpackable = { shape: [2_000, 1, 1], classes: 2, features: noise, labels: Uint8Array.of(1) }
    expect(encodeExamples(unpackable).length).toBeGreaterThan(2_000)
    expect(decodeExamples(encodeExamples(unpackable), { shape: [2_000, 1, 1], classes: 2 })).toEqual(unpackable)
  })

  it('carries floats of a table, and tokens with a label at every position', () => {
    const table = { shape: [2], classes: 2, features: Float32Array.of(-1.5, 0, 2, 3), labels: Uint8Array.of(0, 1) }
    expect(decodeExamples(encodeExamples(table), { shape: [2], classes: 2 })).toEqual(table)
    const text = { shape: [3], classes: 300, features: Uint16Array.of(1, 2, 299), labels: Uint16Array.of(2, 299, 0) }
    expect(decodeExamples(encodeExamples(text), { shape: [3], classes: 300, positions: 3 })).toEqual(text)
  })
})

describe('decodeExamples', () => {
  it('refuses what is not what the task says', () => {
    expect(faultOf(parts, { ...small, shape: [1, 2, 1] })).toMatchObject({ code: 'WRONG_SHAPE' })
    expect(faultOf(parts, { ...small, classes: 3 })).toMatchObject({ code: 'WRONG_SHAPE' })
    expect(faultOf(parts, { ...small, examples: 3 })).toMatchObject({ code: 'TRUNCATED', expected: 3, actual: 2 })
    expect(faultOf({ ...parts, features: Uint8Array.of(1, 2, 3) })).toMatchObject({ code: 'TRUNCATED' })
    expect(faultOf({ ...parts, features: new Uint8Array(5) })).toMatchObject({ code: 'TRAILING_BYTES' })
    expect(faultOf({ ...parts, labels: Uint8Array.of(0, 2) })).toMatchObject({ code: 'LABEL_OUT_OF_RANGE', at: 1 })
    expect(faultOf({ ...parts, labels: new Uint8Array(0) })).toMatchObject({ code: 'EMPTY' })
    expect(faultOf({ ...parts, v: 2 })).toMatchObject({ code: 'INVALID', where: 'v' })
    expect(faultOf({ ...parts, more: 1 })).toMatchObject({ code: 'INVALID' })
    expect(faultOf({ ...parts, features: [1, 2, 3, 4] })).toMatchObject({ code: 'INVALID', where: 'features' })
  })

  it('refuses floats that are not finite, tokens that are none, and half a number', () => {
    const floats = (...values: number[]) => ({
      ...parts,
      featureType: 'float32',
      features: new Uint8Array(Float32Array.from(values).buffer),
    })
    expect(faultOf(floats(1, 2, 3, Number.NaN))).toMatchObject({ code: 'NOT_FINITE', at: 3 })
    expect(faultOf({ ...floats(1, 2, 3, 4), features: new Uint8Array(15) })).toMatchObject({ code: 'TRUNCATED' })
    const tokens = new Uint8Array(Uint16Array.of(0, 1, 1, 2).buffer)
    expect(faultOf({ ...parts, featureType: 'uint16', features: tokens })).toMatchObject({ code: 'LABEL_OUT_OF_RANGE' })
    expect(faultOf({ ...parts, labelType: 'float32' })).toMatchObject({ code: 'INVALID', where: 'labelType' })
  })

  it('refuses what is packed badly, or unpacks to more than there are examples', () => {
    const packed = (features: Uint8Array) => ({ ...parts, featureCoding: 'gzip', features })
    expect(faultOf(packed(parts.features))).toMatchObject({ code: 'BAD_GZIP' })
    expect(faultOf(packed(gzipSync(new Uint8Array(3))))).toMatchObject({ code: 'TRUNCATED' })
    expect(faultOf(packed(gzipSync(new Uint8Array(5))))).toMatchObject({ code: 'TOO_LARGE', limit: 4 })
    expect(faultOf({ ...parts, featureCoding: 'zip' })).toMatchObject({ code: 'INVALID', where: 'featureCoding' })
  })

  it('answers any bytes with an error of its own', () => {
    const blob = encodeExamples(written)
    const attacks = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(blob.length - 1).map((length) => blob.slice(0, length)),
      fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const changed = blob.slice()
        changed[at]! ^= by
        return changed
      }),
    )
    fc.assert(
      fc.property(attacks, (bytes) => {
        try {
          decodeExamples(bytes, { ...expected, examples: 5 })
        } catch (error) {
          expect(error instanceof WireError || error instanceof DataError).toBe(true)
        }
      }),
    )
  })
})
