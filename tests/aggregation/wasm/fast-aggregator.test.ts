import { describe, expect, it } from 'vitest'
import { type AggregationInput, createAggregator } from '../../../peer-core/aggregation/index.ts'
import { createFastAggregator, fastPathRuns } from '../../../peer-core/aggregation/wasm/index.ts'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { expectSame } from './expect-same.ts'
import { answer, difficultInput, specs } from './rows.ts'

describe('createFastAggregator', () => {
  it('runs here', () => {
    expect(fastPathRuns()).toBe(true)
  })

  it('gives the bits of plain TypeScript, or its error, for any shape, weights, ties, denormals and zeros', async () => {
    const random = seededRandom('fast against plain')
    for (const spec of specs) {
      const plain = createAggregator(spec)
      const fast = await createFastAggregator(spec)
      let answered = 0
      for (let round = 0; round < 40; round++) {
        const rows = 1 + random.integer(random.next() < 0.2 ? 70 : 12)
        const dimension = [0, 1, 15, 16, 17, 511, 512, 513, 1_000 + random.integer(600)][random.integer(9)]!
        const input = difficultInput(random, { rows, dimension })
        const expected = await answer(() => plain(input))
        if (expected instanceof Float32Array) answered++
        expectSame(await answer(() => fast(input)), expected)
      }
      expect(answered, JSON.stringify(spec)).toBeGreaterThan(5)
    }
  })

  it('gives them across many panels', async () => {
    const random = seededRandom('panels')
    for (const [rows, dimension] of [
      [2, 33_007],
      [33, 8_007],
    ] as const) {
      const contributions = Array.from({ length: rows }, () =>
        Float32Array.from({ length: dimension }, () => random.normal()),
      )
      const weights = contributions.map(() => 500 + random.integer(501))
      const byzantineWeight = Math.floor(0.2 * weights.reduce((a, b) => a + b))
      for (const spec of specs.slice(0, 11)) {
        const input = { contributions, weights, byzantineWeight }
        expectSame(await answer(() => fast(input)), await answer(() => plain(input)))
        async function fast(given: AggregationInput) {
          return (await createFastAggregator(spec))(given)
        }
        function plain(given: AggregationInput) {
          return createAggregator(spec)(given)
        }
      }
    }
  })

  it('gives the same bits for every order of arrival', async () => {
    const random = seededRandom('arrival')
    const fast = await createFastAggregator(['arc', 'nnm', 'trimmed-mean'])
    for (let round = 0; round < 10; round++) {
      const { contributions } = difficultInput(random, { rows: 11, dimension: 600 })
      const weighed = contributions.map((row) => ({ row, weight: 500 + random.integer(501) }))
      const aggregate = () =>
        fast({
          contributions: weighed.map(({ row }) => row),
          weights: weighed.map(({ weight }) => weight),
          byzantineWeight: 1_500,
        })
      const first = await answer(aggregate)
      random.shuffle(weighed)
      expectSame(await answer(aggregate), first)
    }
  })

  it('names the row and the number that is not finite, wherever it is', async () => {
    const contributions = Array.from({ length: 5 }, () => new Float32Array(20_000))
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, 16_383, 16_384, 19_999]) {
        contributions[3]![at] = value
        for (const spec of specs) {
          const fast = await createFastAggregator(spec)
          expect(await answer(() => fast({ contributions, byzantineWeight: 1 }))).toEqual({
            fault: { code: 'NON_FINITE', what: 'contribution', at: 3, coordinate: at, value },
          })
        }
        contributions[3]![at] = 0
      }
    }
  })

  it('takes rows of float64 too', async () => {
    const random = seededRandom('doubles')
    const contributions = Array.from({ length: 6 }, () => Float64Array.from({ length: 700 }, () => random.normal()))
    for (const spec of specs) {
      const input = { contributions, byzantineWeight: 1 }
      expectSame((await createFastAggregator(spec))(input), await answer(() => createAggregator(spec)(input)))
    }
  })

  it('refuses what plain TypeScript refuses when it is made', async () => {
    await expect(createFastAggregator(['nnm'])).rejects.toThrow('BAD_PIPELINE')
    await expect(createFastAggregator(['mean', 'median'])).rejects.toThrow('BAD_PIPELINE')
    await expect(createFastAggregator([{ rule: 'centered-clipping' }])).rejects.toThrow('BAD_PARAMETERS')
  })
})
