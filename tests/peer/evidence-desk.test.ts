/** What comes as evidence of things that cannot be judged here, and proves something else. */
import { describe, expect, it } from 'vitest'
import { decodeEvidence, type ProposalHeader, type Vote } from '../../peer-core/consensus/index.ts'
import { Committees } from '../../peer-core/peer/committees.ts'
import { EvidenceDesk } from '../../peer-core/peer/voting/evidence-desk.ts'
import { proposal, task, value, vote } from '../consensus/cast.ts'
import { realCommittee, realPeer } from '../consensus/ledger.ts'

const committee = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const headerOf = (name: string): ProposalHeader => {
  const { body: _, ...header } = proposal(committee, 0, name)
  return header
}
const open = (verify: () => boolean = () => true) => new EvidenceDesk(task, new Committees(committee), verify)
const proposed = (desk: EvidenceDesk) => desk.toPropose(2, 16_384).map(decodeEvidence)

describe('two statements of one place', () => {
  it('are an equivocation when each comes as an invalid proposal of a body that is not here', () => {
    const desk = open()
    desk.add({ type: 'invalid-proposal', proposal: headerOf('A') }, 1)
    expect(proposed(desk)).toEqual([])
    desk.add({ type: 'invalid-proposal', proposal: headerOf('B') }, 1)
    expect(proposed(desk)).toEqual([{ type: 'equivocation', first: headerOf('A'), second: headerOf('B') }])
  })

  it('are one when one was heard and the other comes as evidence', () => {
    const desk = open()
    const heard: Vote = vote('prevote', realPeer(2), 0, value('A'))
    const other: Vote = vote('prevote', realPeer(2), 0, value('B'))
    desk.saw(heard, 1)
    desk.saw(heard, 1)
    desk.saw(vote('precommit', realPeer(2), 0, value('B')), 1)
    expect(proposed(desk)).toEqual([])
    desk.add({ type: 'wrong-vote', vote: other }, 1)
    expect(proposed(desk)).toEqual([{ type: 'equivocation', first: heard, second: other }])
  })

  it('are one however much its member and others sign in between', () => {
    const desk = open()
    const [first, second] = ['A', 'B'].map((name) => vote('prevote', realPeer(2), 0, value(name)))
    desk.saw(first!, 1)
    for (let round = 1; round < 5_000; round++) {
      for (const member of [1, 2]) desk.saw(vote('prevote', realPeer(member), round, null), 1)
    }
    desk.add({ type: 'wrong-vote', vote: second! }, 1)
    expect(proposed(desk)).toEqual([{ type: 'equivocation', first, second }])
  })

  it('prove nothing when one of them is not signed by its member, or by none', () => {
    const forged = open(() => false)
    forged.add({ type: 'invalid-proposal', proposal: headerOf('A') }, 1)
    forged.saw(headerOf('B'), 1)
    expect(proposed(forged)).toEqual([])
    const desk = open()
    const stranger = (name: string): Vote => vote('prevote', realPeer(9), 0, value(name))
    desk.add({ type: 'wrong-vote', vote: stranger('A') }, 1)
    desk.add({ type: 'wrong-vote', vote: stranger('B') }, 1)
    expect(proposed(desk)).toEqual([])
  })
})
