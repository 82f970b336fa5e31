import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  holdsHonest,
  isQuorum,
  maxTotalPower,
  neededExclusive,
  oneThird,
  twoThirds,
} from '../../peer-core/consensus/power.ts'

describe('isQuorum and holdsHonest', () => {
  it('are strictly above their fraction', () => {
    expect([2, 3].map((power) => isQuorum(power, 3))).toEqual([false, true])
    expect([1, 2].map((power) => holdsHonest(power, 3))).toEqual([false, true])
    expect([66, 67].map((power) => isQuorum(power, 100))).toEqual([false, true])
  })

  it('say the same as the power that must be exceeded', () => {
    const total = fc.integer({ min: 1, max: maxTotalPower })
    fc.assert(
      fc.property(total, fc.integer({ min: 0, max: maxTotalPower }), (all, power) => {
        expect(isQuorum(power, all)).toBe(power > neededExclusive(all, twoThirds))
        expect(holdsHonest(power, all)).toBe(power > neededExclusive(all, oneThird))
      }),
    )
  })
})
