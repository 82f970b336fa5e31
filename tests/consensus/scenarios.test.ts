/**
 * CometBFT's scenarios (internal/consensus/state_test.go and byzantine_test.go), rebuilt by name. One member, number 0,
 * is stepped by hand; 1, 2 and 3 are played. With equal powers the proposer of round `r` of height 1 is member `r mod 4`.
 */
import { describe, expect, it } from 'vitest'
import { cast, propose } from '../../peer-core/consensus/actions.ts'
import { type Draft, draftOf } from '../../peer-core/consensus/draft.ts'
import type { Evidence } from '../../peer-core/consensus/evidence.ts'
import type { Effect } from '../../peer-core/consensus/state.ts'
import { Actor, committeeOf, configOf, genesis, peer, proposal, value, vote } from './cast.ts'

const four = committeeOf(1, 1, 1, 1)
const A = value('A')
const B = value('B')

const member = () => new Actor(four, peer(0))
const evidenceIn = (effects: readonly Effect[]): Evidence[] =>
  effects.flatMap((effect) => (effect.type === 'evidence' ? [effect.evidence] : []))

/** Member 0 proposes A in round 0, all prevote A, the others precommit nil: it is locked on A and in round 1. */
function lockedOnA(): Actor {
  const actor = member().build('A').votes('prevote', 0, A, 1, 2, 3)
  expect(actor.voted()).toEqual(['precommit', A])
  actor.votes('precommit', 0, null, 1, 2, 3).expire('precommit')
  expect(actor.state).toMatchObject({ round: 1, phase: 'propose', locked: { round: 0, value: A } })
  actor.take()
  return actor
}

describe('full rounds', () => {
  it('FullRound1: one member commits its own proposal alone', () => {
    const alone = new Actor(committeeOf(1), peer(0)).build('A')
    expect(alone.state).toMatchObject({ phase: 'committed', commit: { certificate: { value: A, round: 0 } } })
  })

  it('FullRoundNil: without a proposal it prevotes nil and precommits nil', () => {
    const actor = new Actor(four, peer(1)).expire('propose')
    expect(actor.voted()).toEqual(['prevote', null])
    expect(actor.votes('prevote', 0, null, 0, 2).voted()).toEqual(['precommit', null])
  })

  it('FullRound2: of two members, neither goes on without the other', () => {
    const actor = new Actor(committeeOf(1, 1), peer(0)).build('A')
    expect(actor.state.phase).toBe('prevote')
    expect(actor.votes('prevote', 0, A, 1).state.phase).toBe('precommit')
    expect(actor.votes('precommit', 0, A, 1).state.phase).toBe('committed')
  })

  it('BadProposal: an invalid body gets nil twice, and its proposer and its voters are accused', () => {
    const actor = new Actor(four, peer(1)).propose(0, 'bad', {}, 'invalid').votes('prevote', 0, value('bad'), 0)
    expect(evidenceIn(actor.effects).map(({ type }) => type)).toEqual(['invalid-proposal', 'wrong-vote'])
    expect(actor.voted()).toEqual(['prevote', null])
    expect(actor.votes('prevote', 0, null, 2, 3).voted()).toEqual(['precommit', null])
  })
})

describe('a member waits for its own recomputation', () => {
  it('does not prevote before the answer, whatever the others vote', () => {
    const actor = new Actor(four, peer(1)).hear(proposal(four, 0, 'A')).votes('prevote', 0, A, 0, 2, 3)
    expect(actor.state.phase).toBe('propose')
    expect(actor.judge('A', 'pending').state.phase).toBe('propose')
    expect(actor.said()).toEqual([])
    actor.judge('A')
    expect(actor.said().map(({ type }) => type)).toEqual(['prevote', 'precommit'])
  })

  it('prevotes nil when the timeout comes first', () => {
    const actor = new Actor(four, peer(1)).hear(proposal(four, 0, 'A')).expire('propose')
    expect(actor.voted()).toEqual(['prevote', null])
  })

  it('still locks and precommits when the answer comes between prevote and precommit', () => {
    const actor = new Actor(four, peer(1))
      .hear(proposal(four, 0, 'A'))
      .expire('propose')
      .votes('prevote', 0, A, 0, 2, 3)
    actor.take()
    expect(actor.judge('A').voted()).toEqual(['precommit', A])
    expect(actor.state.locked).toEqual({ round: 0, value: A })
  })
})

describe('locking', () => {
  it('StateLock_NoPOL: a lock holds against fresh proposals round after round', () => {
    const actor = lockedOnA()
    for (const round of [1, 2, 3]) {
      actor.propose(round, `fresh-${round}`)
      expect(actor.voted()).toEqual(['prevote', null])
      actor.votes('prevote', round, null, 1, 2, 3)
      expect(actor.voted()).toEqual(['precommit', null])
      actor.votes('precommit', round, null, 1, 2, 3).expire('precommit')
      expect(actor.state).toMatchObject({ round: round + 1, locked: { round: 0, value: A } })
      actor.take()
    }
    // and when it is its turn again, it proposes what it is locked on
    expect(actor.state.round).toBe(4)
    expect(actor.state.rounds.get(4)?.proposal).toMatchObject({ value: A, validRound: 0, member: peer(0) })
  })

  it('StateLock_POLUpdateLock: a polka for another value in a later round moves the lock', () => {
    const actor = lockedOnA().propose(1, 'B')
    expect(actor.voted()).toEqual(['prevote', null])
    actor.votes('prevote', 1, B, 1, 2, 3)
    expect(actor.voted()).toEqual(['precommit', B])
    expect(actor.state.locked).toEqual({ round: 1, value: B })
  })

  it('StateLock_POLRelock: a polka for the same value in a later round renews the lock', () => {
    const actor = lockedOnA().propose(1, 'A', { validRound: 0 })
    expect(actor.voted()).toEqual(['prevote', A])
    expect(actor.votes('prevote', 1, A, 1, 2, 3).voted()).toEqual(['precommit', A])
    expect(actor.state.locked).toEqual({ round: 1, value: A })
  })

  it('StateLock_POLDoesNotUnlock: a nil polka is precommitted and leaves the lock', () => {
    const actor = lockedOnA().expire('propose')
    expect(actor.votes('prevote', 1, null, 1, 2, 3).voted()).toEqual(['precommit', null])
    expect(actor.state.locked).toEqual({ round: 0, value: A })
  })

  it('StateLock_MissingProposalWhenPOLSeenDoesNotUpdateLock: a polka without its body moves nothing', () => {
    const actor = lockedOnA().expire('propose').votes('prevote', 1, B, 1, 2, 3)
    expect(actor.state.locked).toEqual({ round: 0, value: A })
    expect(actor.expire('prevote').voted()).toEqual(['precommit', null])
    expect(actor.state.locked).toEqual({ round: 0, value: A })
  })

  it('StateLock_MissingProposalWhenPOLForLockedBlock: the lock is renewed although the proposal was missed', () => {
    const actor = lockedOnA().expire('propose').votes('prevote', 1, A, 1, 2, 3)
    expect(actor.voted()).toEqual(['precommit', A])
    expect(actor.state.locked).toEqual({ round: 1, value: A })
  })

  it('StateLock_POLSafety1: an old polka that surfaces late does not move a younger lock', () => {
    const actor = member().build('A').expire('prevote').votes('precommit', 0, null, 1, 2, 3).expire('precommit')
    actor.propose(1, 'B').votes('prevote', 1, B, 1, 2, 3)
    expect(actor.state.locked).toEqual({ round: 1, value: B })
    actor.votes('precommit', 1, null, 1, 2, 3).expire('precommit').expire('propose')
    expect(actor.voted()).toEqual(['prevote', null])
    actor.votes('prevote', 0, A, 1, 2, 3)
    expect(actor.said()).toEqual([])
    expect(actor.state).toMatchObject({ round: 2, locked: { round: 1, value: B }, valid: { round: 1, value: B } })
    expect(actor.votes('prevote', 2, null, 1, 2, 3).voted()).toEqual(['precommit', null])
  })

  it('StateLock_POLSafety2: a proposal whose polka is older than the lock is refused', () => {
    const actor = member().build('A').expire('prevote').votes('precommit', 0, null, 1, 2, 3).expire('precommit')
    actor.propose(1, 'B').votes('prevote', 1, B, 1, 2, 3).votes('precommit', 1, null, 1, 2, 3).expire('precommit')
    actor.take()
    actor.votes('prevote', 0, A, 1, 2, 3).propose(2, 'A', { validRound: 0 })
    expect(actor.voted()).toEqual(['prevote', null])
    expect(actor.state.locked).toEqual({ round: 1, value: B })
  })

  it('a polka that comes after the nil precommit is kept as valid, proposed again, and not locked on', () => {
    const actor = new Actor(four, peer(1)).propose(0, 'A').votes('prevote', 0, null, 2).votes('prevote', 0, A, 0)
    expect(actor.expire('prevote').voted()).toEqual(['precommit', null])
    actor.votes('prevote', 0, A, 3)
    expect(actor.said()).toEqual([])
    expect(actor.state).toMatchObject({ locked: undefined, valid: { round: 0, value: A } })
    actor.votes('precommit', 0, null, 0, 2).expire('precommit')
    expect(actor.said()[0]).toMatchObject({ type: 'proposal', round: 1, value: A, validRound: 0 })
  })

  it('PrevotePOLFromPreviousRound: a polka at or after the lock frees it for the proposed value', () => {
    const actor = lockedOnA().propose(1, 'B')
    expect(actor.voted()).toEqual(['prevote', null])
    actor.expire('prevote').votes('precommit', 1, null, 1, 2, 3).expire('precommit')
    actor.take()
    // The polka of round 1 for B is seen only now, in round 2, where B is proposed again.
    actor.votes('prevote', 1, B, 1, 2, 3).propose(2, 'B', { validRound: 1 })
    expect(actor.voted()).toEqual(['prevote', B])
    expect(actor.state.locked).toEqual({ round: 0, value: A })
  })

  it('waits for the polka that a proposal claims, and prevotes nil without it', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('precommit', 0, null, 1, 2, 3).expire('precommit')
    actor.take()
    actor.propose(1, 'B', { validRound: 0 })
    expect(actor.said()).toEqual([])
    expect(actor.expire('propose').voted()).toEqual(['prevote', null])
  })

  it('MissingProposalValidBlockReceivedTimeout: without the round’s proposal the prevote is nil, whatever it is locked on', () => {
    expect(lockedOnA().expire('propose').voted()).toEqual(['prevote', null])
  })
})

describe('rounds and timeouts', () => {
  it('RoundSkipOnNilPolkaFromHigherRound: it goes to the round of the others and waits there for precommits', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('precommit', 1, null, 1, 2, 3)
    expect(actor.state.round).toBe(1)
    expect(actor.take()).toContainEqual(
      expect.objectContaining({ type: 'timer', timer: { step: 'precommit', height: 1, round: 1 } }),
    )
    expect(actor.expire('precommit').state.round).toBe(2)
  })

  it('WaitingTimeoutProposeOnNewRound: a nil polka of a later round does not make it prevote before its timeout', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('prevote', 1, null, 1, 2, 3)
    actor.take()
    expect(actor.state).toMatchObject({ round: 1, phase: 'propose' })
    actor.expire('propose')
    expect(actor.said().map(({ type }) => type)).toEqual(['prevote', 'precommit'])
  })

  it('WaitTimeoutProposeOnNilPolkaForTheCurrentRound: nor does one of this round', () => {
    const actor = new Actor(four, peer(1)).votes('prevote', 0, null, 0, 2, 3)
    expect(actor.state.phase).toBe('propose')
    expect(actor.said()).toEqual([])
  })

  it('WaitingTimeoutOnNilPolka: nil precommits start the timeout, and only it starts the next round', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('precommit', 0, null, 1, 2, 3)
    expect(actor.state.round).toBe(0)
    expect(actor.expire('precommit').state.round).toBe(1)
  })

  it('skips to the highest round that more than a third has reached, not to where a single member says it is', () => {
    const actor = new Actor(four, peer(0)).build('A').votes('prevote', 500, null, 1)
    expect(actor.state.round).toBe(0)
    actor.votes('prevote', 7, null, 2)
    expect(actor.state.round).toBe(7)
  })

  it('grows its timeouts with the round', () => {
    const waits = [0, 1, 2].map((round) => {
      const actor = new Actor(four, peer(3))
      if (round > 0) actor.take()
      if (round > 0) actor.votes('prevote', round, null, 1, 2)
      return actor.take().find((effect) => effect.type === 'timer' && effect.timer.step === 'propose')
    })
    expect(waits.map((wait) => wait?.type === 'timer' && wait.afterMs)).toEqual([10_000, 12_000, 14_000])
  })
})

describe('clocks', () => {
  // defaultTiming: clocks may be 30 s apart, a proposal may travel 15 s, and both grow with the round.
  const heard = (time: number) => {
    const actor = new Actor(four, peer(3))
    actor.now = 1_000_000
    return actor.propose(0, 'A', { time }).voted()
  }

  it('a fresh proposal from too far in the past or the future gets nil', () => {
    expect(heard(1_000_000 - 45_000)).toEqual(['prevote', A])
    expect(heard(1_000_000 - 45_001)).toEqual(['prevote', null])
    expect(heard(1_000_000 + 30_000)).toEqual(['prevote', A])
    expect(heard(1_000_000 + 30_001)).toEqual(['prevote', null])
  })

  it('clocks that are further apart cost rounds, not progress', () => {
    const late = new Actor(four, peer(3))
    late.now = 1_000_000
    late.votes('prevote', 1, null, 0, 1)
    late.take()
    expect(late.propose(1, 'A', { time: 1_000_000 + 50_000 }).voted()).toEqual(['prevote', A])
  })

  it('a value that had a polka is not asked for its time again', () => {
    const actor = new Actor(four, peer(3)).votes('prevote', 0, A, 0, 1, 2).votes('prevote', 2, null, 0, 1)
    actor.now = 1_000_000
    actor.take()
    expect(actor.propose(2, 'A', { validRound: 0, time: 1 }).voted()).toEqual(['prevote', A])
  })
})

describe('commits', () => {
  it('CommitFromPreviousRound: precommits of an earlier round commit when its body comes', () => {
    const actor = new Actor(four, peer(3)).votes('prevote', 1, null, 1, 2)
    expect(actor.state.round).toBe(1)
    actor.votes('precommit', 0, A, 0, 1, 2)
    expect(actor.state.phase).not.toBe('committed')
    actor.hear(proposal(four, 0, 'A'))
    expect(actor.state).toMatchObject({ phase: 'committed', commit: { certificate: { value: A, round: 0 } } })
  })

  it('StateHalt1: it commits on late precommits after its timeout took it to the next round', () => {
    const actor = lockedOnA()
    actor.votes('precommit', 0, A, 2, 3)
    expect(actor.state).toMatchObject({ phase: 'committed', round: 1, commit: { certificate: { round: 0, value: A } } })
  })

  it('NetworkLock: what more than a third is locked on is the only thing that can commit', () => {
    const locked = [lockedOnA(), lockedOnA()]
    for (const actor of locked) expect(actor.propose(1, 'B').voted()).toEqual(['prevote', null])
    // Two prevotes are missing of which each would be needed: B has at most two of four.
  })

  it('stops, and says so, when a certificate contradicts its own recomputation', () => {
    const actor = new Actor(four, peer(3)).propose(0, 'A', {}, 'invalid').votes('precommit', 0, A, 0, 1, 2)
    expect(actor.state.phase).toBe('halted')
    expect(actor.take()).toContainEqual({ type: 'alarm', alarm: { code: 'CERTIFIED_INVALID', value: A } })
  })

  it('does not count nil precommits, nor those of another round, towards a certificate', () => {
    const actor = new Actor(four, peer(3)).propose(0, 'A').votes('precommit', 0, A, 0).votes('precommit', 0, null, 1)
    actor.votes('precommit', 1, A, 2)
    expect(actor.state.phase).not.toBe('committed')
  })
})

describe('SignSameVoteTwice', () => {
  it('a member that is asked again signs nothing new', () => {
    const actor = member().build('A')
    expect(actor.said()).toHaveLength(2)
    actor.expire('propose').build('B')
    expect(actor.said()).toEqual([])
    expect(actor.votes('prevote', 0, A, 1, 2).expire('prevote').expire('propose').state.phase).toBe('precommit')
  })

  it('whatever asks for it, nothing is signed a second time in a round, nor in one that is past', () => {
    const actor = new Actor(four, peer(1)).propose(0, 'A')
    const draft = () => draftOf(configOf(peer(1)), actor.state, 0)
    const said = (change: (d: Draft) => void) => {
      const d = draft()
      change(d)
      return d.effects.filter(({ type }) => type === 'write' || type === 'send')
    }
    expect(said((d) => cast(d, 'prevote', null))).toEqual([])
    expect(said((d) => propose(d, A, -1))).toEqual([])
    expect(said((d) => cast(d, 'precommit', null))).toHaveLength(2)
    actor.votes('prevote', 0, A, 0, 2)
    expect(said((d) => cast(d, 'prevote', null))).toEqual([])
    expect(
      said((d) =>
        cast({ ...d, signed: { round: 0, precommit: d.signed.precommit }, effects: d.effects }, 'prevote', null),
      ),
    ).toEqual([])
    expect(said((d) => cast({ ...d, round: -1, effects: d.effects }, 'prevote', null))).toEqual([])
  })

  it('the same vote twice counts once', () => {
    const actor = member().build('A').votes('prevote', 0, A, 1, 1, 1)
    expect(actor.state.phase).toBe('prevote')
    expect(actor.take().filter(({ type }) => type === 'refused')).toHaveLength(2)
  })
})

describe('messages that are of no use', () => {
  const refusals = (actor: Actor) =>
    actor.take().flatMap((effect) => (effect.type === 'refused' ? [effect.reason] : []))
  const fresh = () => {
    const actor = new Actor(four, peer(3))
    actor.take()
    return actor
  }

  it.each([
    ['a proposal by another than the proposer', proposal(four, 0, 'A', { member: peer(1) }), 'NOT_THE_PROPOSER'],
    ['a proposal that claims a polka of its own round', proposal(four, 1, 'A', { validRound: 1 }), 'BAD_VALID_ROUND'],
    ['a proposal far ahead', proposal(four, 2, 'A'), 'FAR_ROUND'],
    ['a vote far ahead', vote('prevote', peer(0), 9, null), 'FAR_ROUND'],
    ['a vote of a stranger', vote('prevote', peer(7), 0, null), 'NOT_A_MEMBER'],
    ['a vote of a past height', vote('prevote', peer(0), 0, null, { height: 0 }), 'OLD_HEIGHT'],
  ] as const)('%s is refused', (_, message, reason) => {
    expect(refusals(fresh().hear(message))).toEqual([reason])
  })

  it('a second proposal of a round is refused while no one stands behind it, and is evidence', () => {
    const actor = fresh().propose(0, 'A')
    actor.take()
    actor.hear(proposal(four, 0, 'B'))
    expect(evidenceIn(actor.effects)).toHaveLength(1)
    expect(refusals(actor)).toEqual(['CONFLICTING'])
    expect(actor.state.candidates.has(B)).toBe(false)
  })

  it('a replayed proposal is refused, and a second verdict changes nothing', () => {
    const actor = fresh().propose(0, 'A')
    actor.take()
    expect(refusals(actor.hear(proposal(four, 0, 'A')))).toEqual(['REPLAYED'])
    expect(actor.judge('A', 'invalid').state.candidates.get(A)?.verdict).toBe('valid')
  })

  it('a timer of a past round does nothing', () => {
    const actor = new Actor(four, peer(3)).votes('prevote', 1, null, 0, 1)
    const before = actor.state
    for (const step of ['propose', 'prevote', 'precommit'] as const) {
      actor.give({ type: 'timeout', timer: { step, height: 1, round: 0 }, now: 0 })
    }
    expect(actor.state).toEqual(before)
  })

  it('an old message of a member does not hide that it is further', () => {
    const actor = fresh().votes('prevote', 3, null, 0).votes('prevote', 0, null, 0).votes('prevote', 3, null, 1)
    expect(actor.state.round).toBe(3)
  })

  it('an equivocator counts once among those who voted at all', () => {
    const actor = fresh().propose(0, 'A').votes('prevote', 0, A, 0).votes('prevote', 0, null, 0)
    expect(actor.state.rounds.get(0)?.prevotes.power).toBe(2)
    expect(actor.take().some((effect) => effect.type === 'timer' && effect.timer.step === 'prevote')).toBe(false)
  })
})

describe('StateSlashing', () => {
  it.each(['prevote', 'precommit'] as const)('two %ss of one member in one round are evidence, told once', (kind) => {
    const actor = member()
      .build('A')
      .hear(proposal(four, 1, 'B'))
      .votes(kind, 0, A, 1)
      .votes(kind, 0, null, 1)
    actor.votes(kind, 0, B, 1)
    expect(evidenceIn(actor.effects)).toEqual([
      { type: 'equivocation', first: vote(kind, peer(1), 0, A), second: vote(kind, peer(1), 0, null) },
    ])
  })
})

describe('ByzantinePrevoteEquivocation', () => {
  it('every honest member commits one value, and each that saw both votes holds the evidence', () => {
    // Member 3 prevotes A to members 0 and 1 and nil to member 2, and later shows each the other vote.
    const honest = [0, 1, 2].map((index) => new Actor(four, peer(index)))
    honest[0]!.build('A')
    for (const actor of honest.slice(1)) actor.propose(0, 'A')
    const shown = [A, A, null]
    honest.forEach((actor, index) => {
      for (const other of [0, 1, 2]) if (other !== index) actor.votes('prevote', 0, A, other)
      actor.votes('prevote', 0, shown[index]!, 3)
      for (const other of [0, 1, 2]) if (other !== index) actor.votes('precommit', 0, A, other)
      actor.votes('prevote', 0, shown[index] === null ? A : null, 3)
      expect(actor.state.commit?.certificate.value).toBe(A)
      expect(evidenceIn(actor.take()).map((one) => one.type)).toEqual(['equivocation'])
    })
  })

  it('an equivocator cannot hide a polka from a member by showing it another vote first', () => {
    // 0 and 1 prevote A; 3 showed member 2 a prevote for B before; its prevote for A still completes the polka.
    const actor = new Actor(four, peer(2)).propose(0, 'A').votes('prevote', 0, B, 3).votes('prevote', 0, A, 0)
    actor.take()
    expect(actor.votes('prevote', 0, A, 3).voted()).toEqual(['precommit', A])
  })

  it('votes of one member for values that nobody stands for are not kept', () => {
    const actor = member().build('A')
    for (let n = 0; n < 1000; n++) actor.votes('prevote', 0, value(`junk-${n}`), 1)
    expect(actor.state.rounds.get(0)?.prevotes.further).toEqual([])
  })
})

describe('ByzantineConflictingProposalsWithPartition', () => {
  it('two halves with a proposal each commit nothing apart and one thing together', () => {
    // Member 0 is Byzantine: it proposes A to member 1 and B to members 2 and 3, who hear nothing of each other.
    const one = new Actor(four, peer(1))
    const two = new Actor(four, peer(2))
    const three = new Actor(four, peer(3))
    one.propose(0, 'A').votes('prevote', 0, A, 0)
    two.propose(0, 'B').votes('prevote', 0, B, 0, 3)
    three.propose(0, 'B').votes('prevote', 0, B, 0, 2)
    for (const actor of [two, three]) actor.votes('precommit', 0, B, 5 - Number(actor.self.slice(-1)))
    expect([one, two, three].map(({ state }) => state.phase)).toEqual(['prevote', 'precommit', 'precommit'])
    expect(two.state.locked).toEqual({ round: 0, value: B })

    // The partition heals. Member 1 learns of both proposals, and Byzantine 0 is silent from here.
    one.hear(proposal(four, 0, 'B')).votes('prevote', 0, B, 2, 3)
    expect(evidenceIn(one.take())[0]).toMatchObject({ type: 'equivocation', first: { value: A }, second: { value: B } })
    for (const actor of [one, two, three]) {
      const others = [1, 2, 3].filter((index) => peer(index) !== actor.self)
      for (const other of others) actor.votes('precommit', 0, other === 1 ? null : B, other)
      actor.expire('prevote').expire('precommit')
    }
    // Round 1 is member 1's. It has seen no polka for B in its own round 0 … so it asks for a fresh body,
    // which the two locked members refuse; round 2 is member 2's, who proposes B again.
    for (const actor of [one, two, three]) {
      expect(actor.state.round).toBe(1)
      actor.expire('propose')
      for (const other of [1, 2, 3]) if (peer(other) !== actor.self) actor.votes('prevote', 1, null, other)
      for (const other of [1, 2, 3]) if (peer(other) !== actor.self) actor.votes('precommit', 1, null, other)
      actor.expire('precommit')
    }
    const again = two.state.rounds.get(2)?.proposal
    expect(again).toMatchObject({ value: B, validRound: 0 })
    one
      .hear(proposal(four, 0, 'B'))
      .votes('prevote', 0, B, 0)
      .hear(again!)
      .judge('B')
    three.hear(again!)
    for (const actor of [one, two, three]) {
      for (const other of [1, 2, 3]) if (peer(other) !== actor.self) actor.votes('prevote', 2, B, other)
      for (const other of [1, 2, 3]) if (peer(other) !== actor.self) actor.votes('precommit', 2, B, other)
      expect(actor.state.commit?.certificate.value).toBe(B)
    }
  })
})

describe('heights', () => {
  it('keeps early messages of the next height and uses them when it begins', () => {
    const actor = new Actor(four, peer(2))
    const early = { height: 2 }
    actor.hear(proposal(four, 0, 'next', early))
    for (const other of [0, 1, 3]) actor.hear(vote('prevote', peer(other), 0, value('next'), early))
    actor.propose(0, 'A').votes('prevote', 0, A, 0, 1).votes('precommit', 0, A, 0, 1)
    expect(actor.state.phase).toBe('committed')
    actor.take()
    actor.give({ type: 'height', height: 2, parent: A, committee: four, now: 0 }).judge('next')
    expect(actor.said().map(({ type, height }) => [type, height])).toEqual([
      ['prevote', 2],
      ['precommit', 2],
    ])
  })

  it('says that it is behind when others are further', () => {
    const actor = member()
    actor.hear(vote('prevote', peer(1), 0, null, { height: 9 }))
    expect(actor.take()).toContainEqual({ type: 'behind', height: 8, peer: peer(1) })
  })

  it('ends its height on a commit that another member hands over', () => {
    const donor = member().build('A').votes('prevote', 0, A, 1, 2).votes('precommit', 0, A, 1, 2)
    const late = new Actor(four, peer(3))
    late.hear({ type: 'commit', commit: donor.state.commit! }, peer(0))
    expect(late.state.commit).toEqual(donor.state.commit)
  })

  it('does not begin a height twice or go back', () => {
    const actor = member().build('A')
    const { state } = actor
    actor.give({ type: 'height', height: 1, parent: genesis, committee: four, now: 0 })
    expect(actor.state).toEqual(state)
  })
})
