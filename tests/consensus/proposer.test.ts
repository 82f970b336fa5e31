import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCommittee } from '../../peer-core/consensus/committee.ts'
import { proposerIndex, proposerOf } from '../../peer-core/consensus/proposer.ts'
import { committeeOf, peer } from './cast.ts'

const powers = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 21 })

describe('proposerIndex', () => {
  it('turns over equal members one by one, the lowest id first', () => {
    const committee = committeeOf(1, 1, 1)
    expect([1, 2, 3, 4].map((height) => proposerIndex(committee, height, 0))).toEqual([0, 1, 2, 0])
  })

  it('goes to the next in the next round, as in the next height', () => {
    const committee = committeeOf(3, 1, 2)
    for (let step = 1; step < 20; step++) {
      expect(proposerIndex(committee, 1, step - 1)).toBe(proposerIndex(committee, step, 0))
    }
  })

  it('gives each member its exact share of every cycle', () => {
    fc.assert(
      fc.property(powers, fc.integer({ min: 0, max: 3 }), (list, cycle) => {
        const committee = createCommittee(list.map((power, index) => ({ peer: peer(100 + index), power })))
        const turns = list.map(() => 0)
        for (let step = 1; step <= committee.total; step++) {
          turns[proposerIndex(committee, cycle * committee.total + step, 0)]! += 1
        }
        expect(turns).toEqual(committee.members.map(({ power }) => power))
      }),
      { numRuns: 50 },
    )
  })

  it('gives no member more than a share and one turn in any run of steps', () => {
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 60 }), (list, from, length) => {
        const committee = createCommittee(list.map((power, index) => ({ peer: peer(100 + index), power })))
        const turns = list.map(() => 0)
        for (let step = from; step < from + length; step++) turns[proposerIndex(committee, step, 0)]! += 1
        committee.members.forEach(({ power }, index) => {
          expect(Math.abs(turns[index]! - (length * power) / committee.total)).toBeLessThanOrEqual(2)
        })
      }),
      { numRuns: 50 },
    )
  })

  it('needs no history: any height and round can be asked first', () => {
    const [one, other] = [committeeOf(5, 2, 9), committeeOf(5, 2, 9)]
    for (let height = 1; height < 50; height++) proposerOf(one, height, 3)
    expect(proposerOf(other, 37, 3)).toBe(proposerOf(one, 37, 3))
  })
})
