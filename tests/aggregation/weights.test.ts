import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byzantineCount, sampleOf } from '../../peer-core/aggregation/sample.ts'
import { atMost, exactWeights } from '../../peer-core/aggregation/weights.ts'

const weights = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 })

describe('exactWeights', () => {
  it('leaves whole points as they are', () => {
    expect([...exactWeights([1, 2, 3, 1_000_000])]).toEqual([1, 2, 3, 1_000_000])
  })

  it('makes every sum the same in whatever order it is taken', () => {
    fc.assert(
      fc.property(weights, fc.infiniteStream(fc.nat()), (given, keys) => {
        const exact = [...exactWeights(given)]
        const total = exact.reduce((a, b) => a + b)
        const shuffled = exact.map((weight) => ({ weight, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        expect(shuffled.reduce((sum, { weight }) => sum + weight, 0)).toBe(total)
      }),
    )
  })

  it('changes no weight by more than a share of the total that nobody knows', () => {
    fc.assert(
      fc.property(weights, (given) => {
        const total = given.reduce((a, b) => a + b)
        exactWeights(given).forEach((weight, i) => {
          expect(weight).toBeGreaterThan(0)
          expect(Math.abs(weight - given[i]!)).toBeLessThanOrEqual(total * 2 ** -50)
        })
      }),
    )
  })
})

describe('atMost', () => {
  it('forgives what decimals lose, and no more', () => {
    expect(0.1 + 0.1 + 0.1 <= 0.3).toBe(false)
    expect(atMost(0.1 + 0.1 + 0.1, 0.3, 1)).toBe(true)
    expect(atMost(0.3000001, 0.3, 1)).toBe(false)
  })
})

describe('byzantineCount', () => {
  const count = (given: readonly number[], byzantineWeight: number) =>
    byzantineCount(
      sampleOf(
        given.map(() => new Float32Array(1)),
        { weights: given, byzantineWeight },
      ),
    )

  it('is b over w for equal weights', () => {
    expect(count([1, 1, 1, 1, 1], 2)).toBe(2)
    expect(count([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], 0.3)).toBe(3)
    expect(count([1, 1, 1], 0.99)).toBe(0)
  })

  it('takes the liars for the lightest otherwise', () => {
    expect(count([4, 1, 1, 4], 2)).toBe(2)
    expect(count([4, 1, 1, 4], 5)).toBe(2)
    expect(count([4, 1, 1, 4], 1.5)).toBe(1)
  })
})
