import * as cbor from '@ipld/dag-cbor'
import { describe, expect, it } from 'vitest'
import { createCommittee, decodeCommittee, encodeCommittee, type Member } from '../../peer-core/consensus/committee.ts'
import { ConsensusError } from '../../peer-core/consensus/errors.ts'
import { peer } from './cast.ts'
import { realPeer } from './ledger.ts'

const members: Member[] = [3, 1, 2].map((index) => ({ peer: realPeer(index), power: index }))

describe('createCommittee', () => {
  it('is the same committee in every order', () => {
    const one = createCommittee(members)
    expect(createCommittee([...members].reverse())).toEqual(one)
    expect(one.total).toBe(6)
    expect(one.members[one.indexOf.get(realPeer(3))!]!.power).toBe(3)
  })

  it.each([
    ['nobody', []],
    ['22 members', Array.from({ length: 22 }, (_, index) => ({ peer: peer(index), power: 1 }))],
    ['a member twice', [members[0]!, members[0]!]],
    ['no power', [{ peer: peer(0), power: 0 }]],
    ['half a point', [{ peer: peer(0), power: 0.5 }]],
    ['too much power', [{ peer: peer(0), power: 1_000_001 }]],
  ])('refuses %s', (_, list) => {
    expect(() => createCommittee(list)).toThrow(ConsensusError)
  })
})

describe('decodeCommittee', () => {
  it('reads back what was written', () => {
    const committee = createCommittee(members)
    expect(decodeCommittee(encodeCommittee(committee))).toEqual(committee)
  })

  it('refuses another order, another type and too many bytes', () => {
    const { members: sorted } = createCommittee(members)
    const reversed = cbor.encode([...sorted].reverse().map(({ peer, power }) => [peer, power]))
    for (const bytes of [reversed, cbor.encode({ members }), new Uint8Array(5_000), new Uint8Array(0)]) {
      expect(() => decodeCommittee(bytes)).toThrow(ConsensusError)
    }
  })
})
