import { describe, expect, it } from 'vitest'
import { MiB } from '../../peer-core/foundation/index.ts'
import { pieceBytes, piecesAtOnce, sourceOf } from '../../peer-core/learning/example-source.ts'
import type { Examples, StreamedExamples } from '../../peer-core/ports/index.ts'

/** Every image says in its bytes which one it is; sorted by class. */
function numbered(count: number, side: number): Examples & { features: Uint8Array<ArrayBuffer> } {
  const size = side * side
  const features = new Uint8Array(count * size)
  const numbers = new DataView(features.buffer)
  for (let i = 0; i < count; i++) numbers.setUint32(i * size, i)
  const labels = Uint8Array.from({ length: count }, (_, i) => Math.floor((10 * i) / count))
  return { shape: [side, side, 1], classes: 10, features, labels }
}

function streamed(examples: ReturnType<typeof numbered>): StreamedExamples {
  return { ...examples, features: new Blob([examples.features]) }
}

function numberOf(features: Float32Array, row: number, size: number): number {
  return [0, 1, 2, 3].reduce((sum, i) => 256 * sum + Math.round(255 * features[row * size + i]!), 0)
}

/** A blob that tells how many bytes were asked for and not yet dropped by who asked, most at once. */
function watched(blob: Blob) {
  let read = 0
  const slice = (from: number, to: number) => ({
    async arrayBuffer() {
      read += to - from
      return blob.slice(from, to).arrayBuffer()
    },
  })
  const features = new Proxy(blob, {
    get: (target, name) => (name === 'slice' ? slice : Reflect.get(target, name, target)),
  })
  return { features, read: () => read }
}

describe('sourceOf', () => {
  it('gives the features and labels of a blob as of an array', async () => {
    const examples = numbered(50, 3)
    const [blob, array] = [sourceOf(streamed(examples)), sourceOf(examples)]
    expect([blob.count, blob.positions, blob.labels]).toEqual([array.count, array.positions, array.labels])
    expect(await blob.read(7, 20)).toEqual(await array.read(7, 20))
  })

  it('deals every example of a blob once a pass, with its label, in the same order for the same seed', async () => {
    const [side, count, size] = [64, 1_500, 100]
    const examples = numbered(count, side)
    const passes = async (seed: number) => {
      const reader = sourceOf(streamed(examples)).batches(size, seed)
      const seen: number[] = []
      for (let batch = 0; batch < (2 * count) / size; batch++) {
        const { features, labels } = await reader.next()
        for (let row = 0; row < size; row++) {
          const number = numberOf(features, row, side * side)
          expect(labels[row]).toBe(examples.labels[number])
          seen.push(number)
        }
      }
      return [seen.slice(0, count), seen.slice(count)] as const
    }
    const [first, second] = await passes(1)
    const sorted = Array.from({ length: count }, (_, i) => i)
    expect(first.toSorted((a, b) => a - b)).toEqual(sorted)
    expect(second.toSorted((a, b) => a - b)).toEqual(sorted)
    expect(second).not.toEqual(first)
    expect(await passes(1)).toEqual([first, second])
    expect((await passes(2))[0]).not.toEqual(first)
  })

  it('mixes the classes of a file that is sorted by them', async () => {
    const reader = sourceOf(streamed(numbered(10_240, 32))).batches(200, 1)
    const { labels } = await reader.next()
    expect(new Set(labels).size).toBeGreaterThanOrEqual(piecesAtOnce)
  })

  it('reads no more than two decks for the first batch', async () => {
    const examples = numbered(16_384, 32)
    const { features, read } = watched(new Blob([examples.features]))
    expect(features.size).toBe(16 * MiB)
    const source = sourceOf({ ...examples, features })
    await source.batches(32, 1).next()
    expect(read()).toBeLessThanOrEqual(2 * piecesAtOnce * pieceBytes)
  })

  it('refuses a blob of another size than its labels ask for', () => {
    const examples = numbered(5, 3)
    const short = { ...examples, features: new Blob([examples.features.slice(1)]) }
    expect(() => sourceOf(short)).toThrow(
      expect.objectContaining({ fault: { code: 'WRONG_LENGTH', expected: 45, actual: 44 } }),
    )
  })
})
