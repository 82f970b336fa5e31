import { describe, expect, it } from 'vitest'
import type { Message, Status } from '../../peer-core/consensus/messages.ts'
import { Actor, committeeOf, genesis, peer, proposal, value, vote } from './cast.ts'

const four = committeeOf(1, 1, 1, 1)
const A = value('A')
const B = value('B')

function statusOf(actor: Actor): Status {
  actor.take()
  actor.expire('gossip')
  const [status] = actor.take().flatMap((effect) => (effect.type === 'send' ? [effect.message] : []))
  if (status?.type !== 'status') throw new Error('no status')
  return status
}

/** What an actor sends in answer to another's status; asked until it is its turn to help. */
function answer(helper: Actor, asking: Actor): Message[] {
  for (let turn = 0; turn < 4; turn++) {
    asking.now += 1000
    helper.now += 1000
    const status = statusOf(asking)
    helper.take()
    helper.hear(status, asking.self)
    const sent = helper
      .take()
      .flatMap((effect) => (effect.type === 'send' && effect.to === asking.self ? [effect.message] : []))
    if (sent.length > 0) return sent
  }
  return []
}

describe('status', () => {
  it('says what a member holds of its round and of the one before', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('precommit', 0, null, 1, 2, 3).expire('precommit')
    actor.votes('prevote', 1, null, 2)
    expect(statusOf(actor)).toMatchObject({
      height: 1,
      round: 1,
      holdings: [
        { round: 1, proposal: false, prevotes: 0b0100, precommits: 0 },
        { round: 0, proposal: true, prevotes: 0b0001, precommits: 0b1110 },
      ],
    })
  })

  it('is answered with what is missing and nothing else', () => {
    const asking = new Actor(four, peer(1)).votes('prevote', 0, A, 0)
    const helper = new Actor(four, peer(2)).propose(0, 'A').votes('prevote', 0, A, 0, 3)
    expect(answer(helper, asking).map((message) => [message.type, 'member' in message && message.member])).toEqual([
      ['proposal', peer(0)],
      ['prevote', peer(2)],
      ['prevote', peer(3)],
      ['precommit', peer(2)],
    ])
  })

  it('brings a member of an earlier round to the others', () => {
    const asking = new Actor(four, peer(1))
    const helper = new Actor(four, peer(2)).votes('prevote', 3, null, 0, 3)
    helper.expire('propose')
    for (const message of answer(helper, asking)) asking.hear(message)
    expect(asking.state.round).toBe(3)
  })

  it('asks for the polka that a proposal claims, also for an equivocator’s other vote', () => {
    // Members 0, 2 and Byzantine 3 made a polka for A; to member 1 the Byzantine one showed B.
    const asking = new Actor(four, peer(1)).propose(0, 'A').votes('prevote', 0, B, 3)
    const helper = new Actor(four, peer(2)).propose(0, 'A').votes('prevote', 0, A, 0, 3)
    for (const actor of [asking, helper]) {
      actor.votes('precommit', 1, null, 0, 3).votes('precommit', 2, null, 0, 3)
    }
    expect(helper.state).toMatchObject({ round: 2, locked: { round: 0, value: A } })
    const again = helper.state.rounds.get(2)?.proposal
    expect(again).toMatchObject({ value: A, validRound: 0 })
    asking.hear(again!)
    expect(asking.state.phase).toBe('propose')
    expect(statusOf(asking).polka).toEqual({ round: 0, value: A, prevotes: 0b0010 })
    for (const message of answer(helper, asking)) asking.hear(message)
    expect(asking.said()).toContainEqual(expect.objectContaining({ type: 'prevote', round: 2, value: A }))
  })

  it('asks for a body that more than a third voted for, and takes it although another came first', () => {
    // The Byzantine proposer showed member 1 body B and everyone else body A.
    const asking = new Actor(four, peer(1)).propose(0, 'B').votes('precommit', 0, A, 0, 2, 3)
    const helper = new Actor(four, peer(2)).propose(0, 'A')
    expect(statusOf(asking).bodies).toEqual([A])
    for (const message of answer(helper, asking)) asking.hear(message)
    expect(asking.state.commit?.certificate.value).toBe(A)
  })

  it('is answered with the commit by who has it, and from the ledger by who went on', () => {
    const asking = new Actor(four, peer(1))
    const helper = new Actor(four, peer(2)).propose(0, 'A').votes('prevote', 0, A, 0, 3).votes('precommit', 0, A, 0, 3)
    const [commit] = answer(helper, asking)
    expect(commit).toEqual({ type: 'commit', commit: helper.state.commit })
    helper.give({ type: 'height', height: 2, parent: A, committee: four, now: helper.now })
    const served = [0, 1, 2, 3].flatMap(() => {
      helper.now += 1000
      asking.now = helper.now
      helper.hear(statusOf(asking), asking.self)
      return helper.take().filter(({ type }) => type === 'serve')
    })
    expect(served).toContainEqual({ type: 'serve', to: peer(1), height: 1 })
    asking.hear(commit!)
    expect(asking.state.phase).toBe('committed')
  })

  it('of one that listens is answered with all that it signed in that height, also by who has not begun it', () => {
    const listening = new Actor(four, peer(1), {}, undefined, { listenMs: 3_000 })
    const own = [vote('prevote', peer(1), 0, null), vote('prevote', peer(1), 5, A)]
    const helper = new Actor(four, peer(2))
    for (const message of own) helper.hear(message)
    helper.votes('precommit', 4, null, 0, 3).votes('precommit', 6, null, 0, 3)
    expect(helper.state.round).toBe(6)
    expect(answer(helper, listening)).toEqual(expect.arrayContaining(own))
    expect(statusOf(helper).listens).toBe(false)

    const next = vote('prevote', peer(1), 0, null, { height: 2 })
    const behind = new Actor(four, peer(2)).hear(next).hear(vote('prevote', peer(3), 0, null, { height: 2 }))
    const ahead = new Actor(four, peer(1), {}, undefined, { height: 2, listenMs: 3_000 })
    expect(answer(behind, ahead)).toEqual([next])
  })

  it('is answered by two members at a time, each in turn', () => {
    const five = committeeOf(1, 1, 1, 1, 1)
    const asking = new Actor(five, peer(0))
    const helpers = [1, 2, 3, 4].map((index) => new Actor(five, peer(index)).expire('propose'))
    const turns = Array.from({ length: 4 }, () => {
      asking.now += 1000
      const status = statusOf(asking)
      return helpers.map((helper) => {
        helper.take()
        helper.now = asking.now
        helper.hear(status, asking.self)
        return helper.take().length > 0
      })
    })
    for (const turn of turns) expect(turn.filter(Boolean)).toHaveLength(2)
    expect(helpers.map((_, index) => turns.filter((turn) => turn[index]).length)).toEqual([2, 2, 2, 2])
  })

  it('is not answered to strangers, nor more often than it is due', () => {
    const helper = new Actor(four, peer(2)).expire('propose')
    const status = statusOf(new Actor(four, peer(1)))
    helper.take()
    for (let n = 0; n < 50; n++) helper.hear({ ...status, height: 1 + (n % 9), tick: n }, peer('stranger'))
    const refused = { type: 'refused', reason: 'NOT_A_MEMBER', member: peer('stranger') }
    expect(helper.take()).toEqual(Array.from({ length: 50 }, () => refused))
    for (let n = 0; n < 50; n++) helper.hear({ ...status, tick: n }, peer(1))
    expect(helper.take()).toHaveLength(1)
  })

  it('is said no more once the height is decided', () => {
    const actor = new Actor(committeeOf(1), peer(0)).build('A')
    actor.take()
    expect(actor.expire('gossip').take()).toEqual([])
  })
})

describe('what a member keeps', () => {
  it('is bounded, whatever is sent', () => {
    const actor = new Actor(four, peer(0))
    for (let round = 0; round < 3000; round++) {
      actor.hear(proposal(four, round % 40, `junk ${round}`))
      actor.hear(vote('prevote', peer(1), round, value(`a ${round}`)))
      actor.hear(vote('precommit', peer(1), round % 37, value(`b ${round}`)))
      actor.hear(vote('prevote', peer(1), 0, null, { height: 2 + (round % 3) }))
      if (round % 100 === 0) actor.votes('precommit', actor.state.round, null, 1, 2, 3).expire('precommit')
      actor.take()
    }
    const { rounds, candidates, early, served } = actor.state
    expect(rounds.size).toBeLessThan(40)
    expect(candidates.size).toBeLessThan(40)
    expect(early.length).toBeLessThanOrEqual(6)
    expect(served.size).toBeLessThanOrEqual(65)
    const kept = [...rounds.values()].flatMap(({ prevotes, precommits }) => [
      ...prevotes.further,
      ...precommits.further,
    ])
    expect(kept.length).toBeLessThan(100)
    expect(actor.state.parent).toBe(genesis)
  })
})
