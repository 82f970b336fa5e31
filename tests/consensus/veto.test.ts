import { describe, expect, it } from 'vitest'
import { isVeto, type Score } from '../../peer-core/consensus/veto.ts'
import { Actor, committeeOf, peer, proposal, value } from './cast.ts'

// The task: a fall of more than 10 points of accuracy, on at least 50 examples.
const veto = { maxDrop: 100_000, minExamples: 50 }
const score = (before: number, after: number, examples = 100): Score => ({ before, after, examples })
const four = committeeOf(1, 1, 1, 1)
const A = value('A')

describe('isVeto', () => {
  it('is one beyond the threshold and not at it', () => {
    expect(isVeto(score(900_000, 800_000), veto)).toBe(false)
    expect(isVeto(score(900_000, 799_999), veto)).toBe(true)
  })

  it('is none on a small shard, without a score, or where the task states no threshold', () => {
    expect(isVeto(score(900_000, 0, 49), veto)).toBe(false)
    expect(isVeto(null, veto)).toBe(false)
    expect(isVeto(score(900_000, 0), null)).toBe(false)
  })
})

describe('an objection', () => {
  const objecting = (round: number) => {
    const actor = new Actor(four, peer(1))
    for (let passed = 0; passed < round; passed++) actor.votes('precommit', passed, null, 0, 2, 3).expire('precommit')
    actor.take()
    return actor.hear(proposal(four, round, 'A')).judge('A', 'valid', null, { objection: true })
  }

  it('is a nil prevote, while somebody has not had a turn to propose', () => {
    expect(objecting(0).voted()).toEqual(['prevote', null])
    expect(objecting(3).voted()).toEqual(['prevote', null])
  })

  it('is dropped afterwards', () => {
    expect(objecting(4).voted()).toEqual(['prevote', A])
  })

  it('of one member stalls nobody: the polka of the others counts for it too', () => {
    const actor = objecting(0)
    expect(actor.voted()).toEqual(['prevote', null])
    actor.votes('prevote', 0, A, 0, 2, 3)
    expect(actor.voted()).toEqual(['precommit', A])
  })
})

describe('evidence that a member cannot judge', () => {
  const unsure = () =>
    new Actor(four, peer(1)).hear(proposal(four, 0, 'A')).judge('A', 'valid', null, { unproven: true })

  it('is a nil prevote at once for a fresh proposal', () => {
    expect(unsure().voted()).toEqual(['prevote', null])
  })

  it('stops nobody who is locked on what the others could judge', () => {
    const actor = unsure()
    actor.take()
    expect(actor.votes('prevote', 0, A, 0, 2, 3).voted()).toEqual(['precommit', A])
  })

  it('does not stand against a value that had a polka before, also after every member had its turn', () => {
    const actor = unsure()
    for (let round = 0; round < 4; round++) actor.votes('precommit', round, null, 0, 2, 3).expire('precommit')
    actor.take()
    expect(actor.state.round).toBe(4)
    actor.votes('prevote', 0, A, 0, 2, 3).hear(proposal(four, 4, 'A', { validRound: 0 }))
    expect(actor.voted()).toEqual(['prevote', A])
  })
})

describe('a committed score', () => {
  const judged = (score: Score) =>
    new Actor(four, peer(1), { veto }).hear(proposal(four, 0, 'A')).judge('A', 'valid', score)

  it('within the threshold is signed into the precommit and keeps nobody from prevoting', () => {
    const actor = judged(score(900_000, 800_000))
    expect(actor.voted()).toEqual(['prevote', A])
    actor.votes('prevote', 0, A, 0, 2)
    expect(actor.said()[0]).toMatchObject({ type: 'precommit', value: A, score: score(900_000, 800_000) })
  })

  it('beyond it is a nil prevote', () => {
    expect(judged(score(900_000, 700_000)).voted()).toEqual(['prevote', null])
  })

  it('beyond it on one member stalls nobody: the polka of the others counts for it too', () => {
    const actor = judged(score(900_000, 100_000))
    expect(actor.voted()).toEqual(['prevote', null])
    actor.votes('prevote', 0, A, 0, 2, 3)
    expect(actor.voted()).toEqual(['precommit', A])
    expect(actor.votes('precommit', 0, A, 0, 2).state.commit?.certificate.value).toBe(A)
  })

  it('beyond it does not stand against a value that had a polka before', () => {
    const actor = judged(score(900_000, 100_000))
      .expire('prevote')
      .votes('precommit', 0, null, 0, 2, 3)
      .expire('precommit')
    expect(actor.state.round).toBe(1)
    actor.take()
    // Member 1 proposes in round 1; in round 2 the value comes back with its polka of round 0.
    actor.votes('precommit', 1, null, 0, 2, 3).expire('propose').expire('precommit')
    actor.take()
    actor.votes('prevote', 0, A, 0, 2, 3).hear(proposal(four, 2, 'A', { validRound: 0 }))
    expect(actor.voted()).toEqual(['prevote', A])
  })

  it('beyond it on a third of the power or more turns the result away', () => {
    const vetoers = [1, 2].map((index) => new Actor(four, peer(index), { veto }).hear(proposal(four, 0, 'A')))
    for (const actor of vetoers) {
      expect(actor.judge('A', 'valid', score(900_000, 100_000)).voted()).toEqual(['prevote', null])
      actor.votes('prevote', 0, A, 0, 3).votes('prevote', 0, null, 3 - Number(actor.self.slice(-1)))
      expect(actor.expire('prevote').voted()).toEqual(['precommit', null])
    }
  })
})
