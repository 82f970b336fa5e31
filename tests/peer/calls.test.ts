import { describe, expect, it } from 'vitest'
import { createCommittee, proposerOf } from '../../peer-core/consensus/index.ts'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import { Calls } from '../../peer-core/peer/voting/calls.ts'

const members = ['a', 'b', 'c', 'd'] as PeerId[]
const committee = createCommittee(members.map((peer) => ({ peer, power: 1 })))
const first = proposerOf(committee, 5, 0)
const [b, c] = members.filter((peer) => peer !== first)
const prevote = (member: PeerId, height = 5) => ({ type: 'prevote', height, round: 0, member }) as const

describe('Calls', () => {
  it('take more than a third of the power, each member once', () => {
    const calls = new Calls()
    expect(calls.isCalled(prevote(b!), committee)).toBe(false)
    expect(calls.isCalled({ ...prevote(b!), type: 'precommit', round: 3 }, committee)).toBe(false)
    expect(calls.isCalled(prevote(c!), committee)).toBe(true)
  })

  it('begin anew with each height', () => {
    const calls = new Calls()
    expect(calls.isCalled(prevote(b!, 4), committee)).toBe(false)
    expect(calls.isCalled(prevote(c!, 5), committee)).toBe(false)
  })

  it('take a proposal of who is first to propose, and nobody else’s', () => {
    const proposal = { type: 'proposal', height: 5, round: 0, member: first } as const
    expect(new Calls().isCalled({ ...proposal, member: b! }, committee)).toBe(false)
    expect(new Calls().isCalled({ ...proposal, round: 4 }, committee)).toBe(false)
    expect(new Calls().isCalled(prevote(first), committee)).toBe(false)
    expect(new Calls().isCalled(proposal, committee)).toBe(true)
  })
})
