import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAggregator } from '../../peer-core/aggregation/index.ts'
import { centeringPulls } from '../../peer-core/aggregation/rules/adaptive-centering.ts'
import { sampleOf } from '../../peer-core/aggregation/sample.ts'
import { crowds, extreme, longRows } from './crowds.ts'

const aggregate = createAggregator(['adaptive-centering'])
const length = (row: ArrayLike<number>) => Math.hypot(...Array.from(row))

/** What the rule does to rows at these distances from the center. */
function factors(distances: number[], liars: number, weights = distances.map(() => 1)) {
  const sample = sampleOf(
    distances.map((x) => Float32Array.of(x)),
    { weights, byzantineWeight: liars },
  )
  const { pulls, total } = centeringPulls(sample, Float64Array.from(distances), 2)
  return { pulls: [...pulls], total }
}

describe('adaptive centering', () => {
  it('is not moved by three of ten that are wildly off', () => {
    const contributions = Array.from({ length: 10 }, (_, i) => new Float32Array(4).fill(i < 7 ? 0.5 : 1000))
    expect([...aggregate({ contributions, byzantineWeight: 3 })]).toEqual([0.5, 0.5, 0.5, 0.5])
  })

  it('counts rows in full up to twice the typical distance, with that length up to five times it, and not beyond', () => {
    // n = 7, b = 2: the typical distance is the fifth, 1.
    expect(factors([1, 1, 1, 1, 1, 4, 30], 2)).toEqual({ pulls: [1, 1, 1, 1, 1, 0.5, 0], total: 6 })
  })

  it('leaves out no more than may lie', () => {
    expect(factors([1, 1, 1, 1, 1, 40, 50], 1).pulls).toEqual([1, 1, 1, 1, 1, 2 / 40, 0])
    expect(factors([1, 1, 1, 1, 50], 1, [5, 5, 5, 5, 7]).pulls).toEqual([5, 5, 5, 5, (7 * 2) / 50])
  })

  it('is the mean when nobody lies', () => {
    fc.assert(
      fc.property(crowds(), ({ rows, weights }) => {
        const input = { contributions: rows, weights, byzantineWeight: 0 }
        const mean = createAggregator(['mean'])(input)
        aggregate(input).forEach((x, k) => {
          expect(Math.abs(x - mean[k]!)).toBeLessThanOrEqual(1e-3)
        })
      }),
    )
  })

  it('moves no farther than honest rows are, whatever liars send', () => {
    const lie = fc.array(extreme, { minLength: 6, maxLength: 6 }).map((row) => Float32Array.from(row))
    fc.assert(
      fc.property(fc.integer(), fc.array(lie, { minLength: 1, maxLength: 4 }), (seed, lies) => {
        const honest = longRows(seed, 9, 6)
        const liars = lies.length
        const result = aggregate({ contributions: [...honest, ...lies], byzantineWeight: liars })
        const mean = createAggregator(['mean'])({ contributions: honest, byzantineWeight: 0 })
        const farthest = Math.max(...honest.map(length))
        // What liars add, and what clipping or leaving out honest rows in their favour takes away.
        const bound = (2 * farthest * liars) / 9 + (farthest * liars) / 9
        expect(length(result.map((x, k) => x - mean[k]!))).toBeLessThanOrEqual(bound * 1.5)
      }),
      { numRuns: 300 },
    )
  })

  it('lets liars pull by no more than reach · m · b / (W − b), m being a distance of honest rows from their median up', () => {
    const distance = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, 1, 2, 10))
    const side = (maxLength: number) =>
      fc.array(fc.record({ distance, weight: fc.integer({ min: 500, max: 1_000 }) }), { minLength: 1, maxLength })
    fc.assert(
      fc.property(side(9), side(4), fc.double({ min: 1, max: 8, noNaN: true }), (honest, liars, reach) => {
        const weigh = (rows: typeof honest) => rows.reduce((sum, { weight }) => sum + weight, 0)
        const byzantineWeight = weigh(liars)
        const honestWeight = weigh(honest)
        fc.pre(byzantineWeight < honestWeight)
        const rows = [...honest, ...liars]
        const sample = sampleOf(
          rows.map((row) => Float32Array.of(row.distance)),
          { weights: rows.map(({ weight }) => weight), byzantineWeight },
        )
        const { pulls, total } = centeringPulls(
          sample,
          Float64Array.from(rows, (row) => row.distance),
          reach,
        )
        const within = (m: number) => weigh(rows.filter((row) => row.distance <= m))
        const needed = Math.min((honestWeight + 2 * byzantineWeight) / 2, honestWeight)
        const m = Math.min(...rows.map((row) => row.distance).filter((at) => within(at) >= needed))
        expect(m).toBeLessThanOrEqual(Math.max(...honest.map((row) => row.distance)))
        const closer = honest.filter((row) => row.distance <= m)
        expect(weigh(closer)).toBeGreaterThanOrEqual(Math.min(honestWeight / 2, honestWeight - byzantineWeight))
        const pull = liars.reduce((sum, row, i) => sum + pulls[honest.length + i]! * row.distance, 0) / total
        expect(pull).toBeLessThanOrEqual(((reach * m * byzantineWeight) / honestWeight) * (1 + 1e-9))
      }),
      { numRuns: 500 },
    )
  })

  it('starts from the last committed delta', () => {
    const reference = new Float32Array(5).fill(100)
    const honest = longRows(3, 8, 5).map((row) => row.map((x) => x + 100))
    const lies = [new Float32Array(5), new Float32Array(5)]
    const result = aggregate({ contributions: [...honest, ...lies], byzantineWeight: 2, reference })
    const mean = createAggregator(['mean'])({ contributions: honest, byzantineWeight: 0 })
    expect(length(result.map((x, k) => x - mean[k]!))).toBeLessThan(1e-4)
  })
})
