import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trimmedSum } from '../../peer-core/aggregation/gossip/index.ts'
import { createAggregator, type PipelineSpec } from '../../peer-core/aggregation/index.ts'

/** As long as a number of float32 can be: the last bit of a weight of it is still beyond any honest row. */
const enormous = 3.4e38

const points = fc.integer({ min: 1, max: 30 })
/** Honest rows within [−1, 1], liars of weight exactly `b`, in tenths, thirds or sevenths of a point. */
const crowds = fc
  .record({
    honest: fc.array(fc.record({ at: fc.float({ min: -1, max: 1, noNaN: true }), points }), {
      minLength: 2,
      maxLength: 6,
    }),
    liars: fc.array(fc.record({ at: fc.constantFrom(enormous, -enormous), points }), { minLength: 1, maxLength: 4 }),
    unit: fc.constantFrom(10, 3, 7, 1000),
  })
  .map(({ honest, liars, unit }) => ({
    honest,
    rows: [...honest, ...liars].map(({ at }) => Float32Array.of(at)),
    weights: [...honest, ...liars].map((peer) => peer.points / unit),
    byzantineWeight: sum(liars) / unit,
    isMinority: sum(liars) < sum(honest),
  }))
  .filter(({ isMinority }) => isMinority)

/** And how far from the honest rows, all within [−1, 1], the rule may end. */
const rules: readonly (readonly [PipelineSpec, number])[] = [
  [['median'], 1],
  [['trimmed-mean'], 1],
  [['nnm', 'trimmed-mean'], 1],
  [['monna'], 1],
  [['meamed'], 3],
  [['arc', 'nnm', 'trimmed-mean'], 1],
]

describe('weights in decimals, liars at exactly the declared weight', () => {
  it.each(rules)('%j keeps them out', (spec, farthest) => {
    const aggregate = createAggregator(spec)
    fc.assert(
      fc.property(crowds, ({ rows, weights, byzantineWeight }) => {
        const reference = Float32Array.of(0)
        const [result] = aggregate({ contributions: rows, weights, byzantineWeight, reference })
        expect(Math.abs(result!)).toBeLessThanOrEqual(farthest)
      }),
      { numRuns: 300 },
    )
  })

  it('trimmed sum keeps them out', () => {
    fc.assert(
      fc.property(crowds, ({ rows, weights, byzantineWeight }) => {
        const edges = 2 * weights.reduce((a, b) => a + b)
        const [result] = trimmedSum(
          { own: Float32Array.of(0), neighbours: rows, weights: weights.map((weight) => weight / edges) },
          byzantineWeight / edges,
        )
        expect(Math.abs(result!)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 300 },
    )
  })

  it('are refused where that is half of it', () => {
    const contributions = [1, 2, 3].map((x) => Float32Array.of(x))
    const halves = { contributions, weights: [0.1, 0.2, 0.3], byzantineWeight: 0.3 }
    expect(() => createAggregator(['mean'])(halves)).toThrow('NOT_ENOUGH_WEIGHT')
  })
})

describe('median', () => {
  it('lies between the two middle values where decimals say that each side has half', () => {
    const contributions = [1, 2, 3].map((x) => Float32Array.of(x))
    const [result] = createAggregator(['median'])({ contributions, weights: [0.1, 0.2, 0.3], byzantineWeight: 0 })
    expect(result).toBe(2.5)
  })
})

function sum(peers: readonly { readonly points: number }[]): number {
  return peers.reduce((total, peer) => total + peer.points, 0)
}
