import { describe, expect, it } from 'vitest'
import { createAggregator } from '../../../peer-core/aggregation/index.ts'
import {
  arrayReader,
  createStreamingAggregator,
  type RowReader,
  type StreamingInput,
} from '../../../peer-core/aggregation/wasm/index.ts'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { expectSame } from './expect-same.ts'
import { answer, difficultInput, specs } from './rows.ts'

const withoutKernels = new Set(['krum', 'multi-krum', 'meamed'])
const streamable = specs.filter((spec) => !withoutKernels.has(String(spec.at(-1))))

/** Answers later, and never more than a page at once. */
function slowReader(row: Float32Array, onRead: (coordinates: number) => void = () => {}): RowReader {
  return {
    read: async (from, into) => {
      await Promise.resolve()
      onRead(into.length)
      into.set(row.subarray(from, from + into.length))
    },
  }
}

describe('createStreamingAggregator', () => {
  it('gives the bits of plain TypeScript on rows that it has to wait for', async () => {
    const random = seededRandom('streaming')
    for (const spec of streamable) {
      const plain = createAggregator(spec)
      const streaming = await createStreamingAggregator(spec)
      for (let round = 0; round < 15; round++) {
        const dimension = [1, 17, 512, 9_000][random.integer(4)]!
        const { contributions, ...rest } = difficultInput(random, { rows: 1 + random.integer(9), dimension })
        const rows = contributions.map((row) => slowReader(row as Float32Array))
        expectSame(
          await answer(() => streaming({ ...rest, rows, dimension })),
          await answer(() => plain({ ...rest, contributions })),
        )
      }
    }
  })

  it('puts rows in order that differ in their last coordinate only', async () => {
    const rows = [3, 1, 2].map((last) => {
      const row = new Float32Array(10_000).fill(0.1)
      row[9_999] = last
      return row
    })
    const streaming = await createStreamingAggregator(['nnm', 'trimmed-mean'])
    const input = { weights: [500, 900, 700], byzantineWeight: 400 }
    expectSame(
      await streaming({ ...input, rows: rows.map((row) => slowReader(row)), dimension: 10_000 }),
      createAggregator(['nnm', 'trimmed-mean'])({ ...input, contributions: rows }),
    )
  })

  it('reads every row twice for the default pipeline, and no more than a panel of it at once', async () => {
    const dimension = 100_000
    let read = 0
    let longest = 0
    const rows = Array.from({ length: 8 }, (_, i) =>
      slowReader(new Float32Array(dimension).fill(i / 8), (coordinates) => {
        read += coordinates
        longest = Math.max(longest, coordinates)
      }),
    )
    const streaming = await createStreamingAggregator(['arc', 'nnm', 'trimmed-mean'])
    await streaming({ rows, dimension, byzantineWeight: 2 })
    expect(longest).toBeLessThanOrEqual(16_384)
    expect(read).toBeLessThan(8 * (2 * dimension + 5_000))
  })

  it('runs several aggregations side by side', async () => {
    const random = seededRandom('side by side')
    const streaming = await createStreamingAggregator(['arc', 'nnm', 'trimmed-mean'])
    const inputs = Array.from({ length: 4 }, () => ({
      contributions: Array.from({ length: 5 }, () => Float32Array.from({ length: 30_000 }, () => random.normal())),
      byzantineWeight: 1,
    }))
    const results = await Promise.all(
      inputs.map(({ contributions, byzantineWeight }) =>
        streaming({ rows: contributions.map((row) => slowReader(row)), dimension: 30_000, byzantineWeight }),
      ),
    )
    inputs.forEach((input, i) => {
      expectSame(results[i]!, createAggregator(['arc', 'nnm', 'trimmed-mean'])(input))
    })
  })

  it('names the number that is not finite, a missing row, a wrong reference, weights and tolerance', async () => {
    const streaming = await createStreamingAggregator(['trimmed-mean'])
    const row = new Float32Array(100)
    const broken = row.slice()
    broken[70] = Number.NaN
    const good: StreamingInput = { rows: [row, row, row].map(arrayReader), dimension: 100, byzantineWeight: 1 }
    const faults: [Partial<StreamingInput>, string][] = [
      [{ rows: [row, broken, row].map(arrayReader) }, 'NON_FINITE'],
      [{ rows: [] }, 'NO_CONTRIBUTIONS'],
      [{ reference: new Float32Array(99) }, 'LENGTH_MISMATCH'],
      [{ reference: broken }, 'NON_FINITE'],
      [{ weights: [1, 2] }, 'LENGTH_MISMATCH'],
      [{ weights: [1, 0, 1] }, 'BAD_WEIGHT'],
      [{ byzantineWeight: 1.5 }, 'NOT_ENOUGH_WEIGHT'],
    ]
    for (const [change, code] of faults) {
      expect(await answer(() => streaming({ ...good, ...change }))).toMatchObject({ fault: { code } })
    }
  })

  it('stops when it is told to', async () => {
    const streaming = await createStreamingAggregator(['mean'])
    const rows = [arrayReader(new Float32Array(10))]
    const input = { rows, dimension: 10, byzantineWeight: 0, signal: AbortSignal.abort(new Error('enough')) }
    await expect(streaming(input)).rejects.toThrow('enough')
  })

  it('refuses rules that need all rows in memory', async () => {
    await expect(createStreamingAggregator(['meamed'])).rejects.toThrow('BAD_PIPELINE')
  })
})
