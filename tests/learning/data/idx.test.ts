import { isDeepStrictEqual } from 'node:util'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataError, readIdxExamples, streamIdxExamples } from '../../../peer-core/learning/index.ts'

function idx(dimensions: readonly number[], values: readonly number[]): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * dimensions.length))
  header.setUint32(0, 0x0800 + dimensions.length)
  for (const [i, dimension] of dimensions.entries()) header.setUint32(4 + 4 * i, dimension)
  return Uint8Array.from([...new Uint8Array(header.buffer), ...values])
}

const threeImages = idx([3, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
const threeLabels = idx([3], [0, 2, 1])

function read(images: Uint8Array, labels: Uint8Array = threeLabels, classes?: number) {
  return readIdxExamples({
    images: { name: 'images', bytes: images },
    labels: { name: 'labels', bytes: labels },
    classes,
  })
}

function faultOf(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (error instanceof DataError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('readIdxExamples', () => {
  it('reads images and labels', () => {
    const examples = read(threeImages)
    expect(examples.shape).toEqual([2, 2, 1])
    expect(examples.classes).toBe(3)
    expect([...examples.features]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect([...examples.labels]).toEqual([0, 2, 1])
  })

  it('reads gzip whatever its name, and colour', () => {
    expect(read(gzipSync(threeImages), gzipSync(threeLabels))).toEqual(read(threeImages))
    expect(read(idx([3, 1, 1, 2], [1, 2, 3, 4, 5, 6])).shape).toEqual([1, 1, 2])
  })

  it('reads back whatever was written, gzipped or not', () => {
    const sets = fc.tuple(fc.nat(6), fc.nat(6), fc.nat(40)).chain(([height, width, count]) => {
      const [h, w, n] = [height + 1, width + 1, count + 1]
      const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
      return fc.record({
        dimensions: fc.constant([n, h, w]),
        values: bytes(n * h * w),
        labels: bytes(n),
        gzip: fc.boolean(),
      })
    })
    fc.assert(
      fc.property(sets, ({ dimensions, values, labels, gzip }) => {
        const pack = (bytes: Uint8Array) => (gzip ? new Uint8Array(gzipSync(bytes)) : bytes)
        const examples = read(pack(idx(dimensions, [...values])), pack(idx([labels.length], [...labels])))
        expect([...examples.features]).toEqual([...values])
        expect([...examples.labels]).toEqual([...labels])
      }),
    )
  })

  it('names the file and what is wrong with it', () => {
    expect(faultOf(() => read(new Uint8Array(0)))).toEqual({ code: 'EMPTY', file: 'images' })
    expect(faultOf(() => read(idx([0, 2, 2], []), idx([0], [])))).toEqual({ code: 'EMPTY', file: 'images' })
    expect(faultOf(() => read(Uint8Array.of(0, 0, 8)))).toMatchObject({ code: 'TRUNCATED', file: 'images' })
    expect(faultOf(() => read(threeImages.subarray(0, 10)))).toMatchObject({ code: 'TRUNCATED', expected: 16 })
    expect(faultOf(() => read(threeImages.subarray(0, -1)))).toMatchObject({
      code: 'TRUNCATED',
      expected: 28,
      actual: 27,
    })
    expect(faultOf(() => read(Uint8Array.of(...threeImages, 0)))).toMatchObject({ code: 'TRAILING_BYTES', actual: 29 })
    expect(faultOf(() => read(threeLabels))).toMatchObject({ code: 'WRONG_MAGIC', actual: '0x00000801' })
    expect(faultOf(() => read(threeImages, threeImages))).toMatchObject({ code: 'WRONG_MAGIC', file: 'labels' })
    expect(faultOf(() => read(new TextEncoder().encode('<!doctype html>')))).toMatchObject({ code: 'WRONG_MAGIC' })
    expect(faultOf(() => read(threeImages, idx([2], [0, 1])))).toEqual({
      code: 'COUNT_MISMATCH',
      images: 'images',
      imageCount: 3,
      labels: 'labels',
      labelCount: 2,
    })
    expect(faultOf(() => read(threeImages, threeLabels, 2))).toEqual({
      code: 'LABEL_OUT_OF_RANGE',
      file: 'labels',
      at: 1,
      label: 2,
      classes: 2,
    })
  })

  it('does not take a header at its word', () => {
    const boastful = idx([0xffffffff, 0xffffffff, 0xffffffff], [1])
    expect(faultOf(() => read(boastful))).toMatchObject({ code: 'TRUNCATED', actual: 17 })
  })

  it('never takes other values from a gzip file in which a bit flipped, nor one that was cut', () => {
    const packed = new Uint8Array(gzipSync(threeImages))
    const headerOfGzip = 10
    const whole = read(threeImages)
    const codeOrExamples = (bytes: Uint8Array) => {
      try {
        return read(bytes)
      } catch (error) {
        return (error as DataError).code
      }
    }
    fc.assert(
      fc.property(fc.integer({ min: headerOfGzip, max: packed.length - 1 }), fc.nat(7), (at, bit) => {
        const flipped = Uint8Array.from(packed)
        flipped[at]! ^= 1 << bit
        // The last bits of the last byte of deflate are padding: flipping those changes nothing.
        const padding = at === packed.length - 9
        if (padding)
          expect(codeOrExamples(flipped)).toSatisfy((got) => got === 'BAD_GZIP' || isDeepStrictEqual(got, whole))
        else expect(codeOrExamples(flipped)).toBe('BAD_GZIP')
        expect(faultOf(() => read(packed.subarray(0, at))).code).toBe('BAD_GZIP')
      }),
    )
    expect(faultOf(() => read(packed.subarray(0, 5))).code).toBe('BAD_GZIP')
    expect(faultOf(() => read(Uint8Array.of(...packed, ...packed))).code).toBe('BAD_GZIP')
  })
})

describe('streamIdxExamples', () => {
  const blob = (name: string, bytes: Uint8Array) => ({ name, blob: new Blob([bytes.slice()]) })
  const stream = (images: Uint8Array, labels = threeLabels) =>
    streamIdxExamples({ images: blob('images', images), labels: blob('labels', labels) })

  it('leaves the images in their file, and says of them what reading would', async () => {
    const { features, ...rest } = (await stream(threeImages))!
    const { features: read_, ...expected } = read(threeImages)
    expect(rest).toEqual(expected)
    expect([...new Uint8Array(await features.arrayBuffer())]).toEqual([...read_])
  })

  it('names the file and what is wrong with it, as reading does', async () => {
    const wrong = [threeImages.slice(0, -1), Uint8Array.of(...threeImages, 0), threeLabels, new Uint8Array(0)]
    for (const images of wrong) {
      const expected = faultOf(() => read(images))
      await expect(stream(images)).rejects.toMatchObject({ fault: expected })
    }
    const two = idx([2], [0, 1])
    await expect(stream(threeImages, two)).rejects.toMatchObject({ fault: { code: 'COUNT_MISMATCH', labelCount: 2 } })
  })

  it('cannot do it with gzip', async () => {
    expect(await stream(new Uint8Array(gzipSync(threeImages)))).toBeUndefined()
  })
})
