import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Comparator, selecting, sortingNetwork } from '../../../peer-core/aggregation/wasm/network.ts'
import { above, quantileRange } from '../../../peer-core/aggregation/wasm/quantiles.ts'

function run(network: readonly Comparator[], values: readonly number[]): number[] {
  const out = [...values]
  for (const { low, high, wanted } of network) {
    const [a, b] = [out[low]!, out[high]!]
    if (wanted !== 'high') out[low] = Math.min(a, b)
    if (wanted !== 'low') out[high] = Math.max(a, b)
  }
  return out
}

const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b)

describe('sortingNetwork', () => {
  it('sorts every row of zeros and ones, and therefore (Knuth 5.3.4, Theorem Z) everything', () => {
    for (let n = 1; n <= 12; n++) {
      const network = sortingNetwork(n)
      for (let bits = 0; bits < 2 ** n; bits++) {
        const values = Array.from({ length: n }, (_, i) => (bits >> i) & 1)
        expect(run(network, values)).toEqual(ascending(values))
      }
    }
  })

  it('sorts as many rows as a round can have', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1, maxLength: 256 }), (values) => {
        expect(run(sortingNetwork(values.length), values)).toEqual(ascending(values))
      }),
      { numRuns: 30 },
    )
  })

  it('is as short as Batcher promises for 32 rows', () => {
    expect(sortingNetwork(32)).toHaveLength(191)
  })
})

describe('selecting', () => {
  it('leaves the positions that are read as the whole network would', () => {
    const lots = fc
      .array(fc.integer(), { minLength: 1, maxLength: 60 })
      .chain((values) =>
        fc.tuple(fc.constant(values), fc.uniqueArray(fc.integer({ min: 0, max: values.length - 1 }), { minLength: 1 })),
      )
    fc.assert(
      fc.property(lots, ([values, positions]) => {
        const out = run(selecting(sortingNetwork(values.length), positions), values)
        const sorted = ascending(values)
        for (const at of positions) expect(out[at]).toBe(sorted[at])
      }),
    )
  })

  it('runs less than the whole network for two order statistics', () => {
    const network = selecting(sortingNetwork(32), [6, 25])
    const halves = network.reduce((sum, { wanted }) => sum + (wanted === 'both' ? 2 : 1), 0)
    expect(halves).toBeLessThan(2 * 191 * 0.85)
  })
})

describe('quantileRange', () => {
  it('holds the weighted quantile whatever row stands where', () => {
    const lots = fc.record({
      weights: fc.array(fc.integer({ min: 500, max: 1_000 }), { minLength: 1, maxLength: 40 }),
      share: fc.double({ min: 0, max: 0.499, noNaN: true }),
    })
    fc.assert(
      fc.property(lots, ({ weights, share }) => {
        const needed = above(Math.floor(share * weights.reduce((a, b) => a + b)))
        const { least, most } = quantileRange(Float64Array.from(weights), needed)
        let held = 0
        let at = 0
        for (; at < weights.length; at++) {
          held += weights[at]!
          if (held >= needed) break
        }
        expect(at).toBeGreaterThanOrEqual(least)
        expect(at).toBeLessThanOrEqual(most)
      }),
    )
  })

  it('is one position where all weights are equal', () => {
    expect(quantileRange(new Float64Array(32).fill(1), above(6))).toEqual({ least: 6, most: 6 })
  })
})

describe('above', () => {
  it('is the next number', () => {
    expect(above(1)).toBe(1 + 2 ** -52)
    expect(above(0)).toBe(Number.MIN_VALUE)
  })
})
