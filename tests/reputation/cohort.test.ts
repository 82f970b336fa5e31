import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hash, sha256, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import {
  decisiveScores,
  drawCohort,
  drawScorers,
  initialReputation,
  mayVote,
  medianOf,
  type ReputationState,
  type Standing,
  scoreOf,
  scorersFor,
} from '../../peer-core/reputation/index.ts'
import { BAD, GOOD, peer, play, rulesWith } from './peers.ts'

const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash
const rules = rulesWith()

function standing(changes: Partial<Standing> = {}): Standing {
  return {
    quality: 1_000_000,
    harms: 0,
    equivocated: false,
    influence: 1_000,
    from: 0,
    suspendedUntil: 0,
    seen: 20,
    waitsSince: 0,
    works: 0,
    ...changes,
  }
}

function stateOf(peers: readonly Standing[]): ReputationState {
  return {
    ...initialReputation(rules),
    round: 20,
    peers: Object.fromEntries(peers.map((one, i) => [peer(i), one])),
  }
}

const newcomer = standing({ quality: rules.entry, influence: 500 })
const request = (count: number, roundHash = hash('round')) => ({
  candidates: Array.from({ length: count }, (_, i) => peer(i)),
  roundHash,
  byzantineShare: 0.2,
})

describe('drawCohort', () => {
  it('takes everyone who is admitted, has waited and is not suspended', () => {
    const state = stateOf([standing(), standing({ from: 22 }), standing({ suspendedUntil: 23 }), standing()])
    const { taken, left } = drawCohort(state, rules, request(5))
    expect(taken).toEqual([peer(0), peer(3)].sort())
    expect(new Map(left.map(({ peer: who, why }) => [who, why]))).toEqual(
      new Map([
        [peer(1), 'waiting'],
        [peer(2), 'suspended'],
        [peer(4), 'not-admitted'],
      ]),
    )
  })

  it('lets newcomers in while there are too few proven peers to do without them', () => {
    const few = stateOf([standing(), standing(), standing(), newcomer, newcomer, newcomer, newcomer])
    expect(drawCohort(few, rules, request(7)).taken).toHaveLength(7)
  })

  it('keeps newcomers, guests and institutions within their share, whoever comes', () => {
    const consortium = rulesWith({
      admission: { kind: 'invitation', inviters: [peer(90), peer(91)], shareOfGuests: 300_000 },
      institutions: [{ name: 'Clinic', inviters: [peer(92)], seats: 99, share: 400_000 }],
    })
    const anyone = fc.record({
      influence: fc.integer({ min: 500, max: 1_000 }),
      proven: fc.boolean(),
      group: fc.constantFrom('none', 'guest', 'guest of another', 'clinic'),
    })
    fc.assert(
      fc.property(fc.array(anyone, { minLength: 1, maxLength: 40 }), fc.nat(), (lots, round) => {
        const state = stateOf(
          lots.map(({ influence, proven, group }) =>
            standing({
              influence,
              quality: proven ? 900_000 : 150_000,
              ...(group === 'guest' && { inviter: peer(90) }),
              ...(group === 'guest of another' && { inviter: peer(91) }),
              ...(group === 'clinic' && { inviter: peer(92), institution: 'Clinic' }),
            }),
          ),
        )
        const { taken, left } = drawCohort(state, consortium, request(lots.length, hash(`round ${round}`)))
        expect(taken.length + left.length).toBe(lots.length)
        const facts = (who: (typeof taken)[number]) => state.peers[who]!
        const weigh = (some: typeof taken) => some.reduce((sum, who) => sum + facts(who).influence, 0)
        const of = (test: (one: Standing) => boolean) => taken.filter((who) => test(facts(who)))
        const held = (test: (one: Standing) => boolean) => weigh(of(test))
        const total = weigh(taken)
        const within = (share: number, test: (one: Standing) => boolean) =>
          expect(of(test).length < 2 || held(test) <= share * total).toBe(true)
        within(0.3, ({ inviter }) => inviter === peer(90))
        within(0.3, ({ inviter }) => inviter === peer(91))
        within(0.4, ({ institution }) => institution === 'Clinic')
        if (lots.filter(({ proven }) => proven).length >= consortium.provenQuorum) {
          expect(held(({ quality }) => quality < consortium.provenAt)).toBeLessThanOrEqual(0.2 * total)
        }
      }),
    )
  })

  it('never leaves a round without anyone, whatever an institution’s share is', () => {
    const small = rulesWith({ institutions: [{ name: 'Clinic', inviters: [peer(92)], seats: 9, share: 100_000 }] })
    const alone = stateOf([standing(), standing()].map((one) => ({ ...one, inviter: peer(92), institution: 'Clinic' })))
    expect(drawCohort(alone, small, request(2)).taken).toHaveLength(1)
  })

  it('draws the same for everyone and another one each round', () => {
    const state = stateOf([
      ...Array.from({ length: 10 }, () => standing()),
      ...Array.from({ length: 30 }, () => newcomer),
    ])
    const forward = request(40)
    const backward = { ...forward, candidates: [...forward.candidates].reverse() }
    expect(drawCohort(state, rules, backward)).toEqual(drawCohort(state, rules, forward))
    expect(drawCohort(state, rules, request(40, hash('next')))).not.toEqual(drawCohort(state, rules, forward))
  })
})

describe('drawScorers', () => {
  const proven = Array.from({ length: 30 }, (_, i) => peer(i))
  const committee = [peer(40), peer(41)]

  it('draws as many as asked, by the round’s hash alone', () => {
    const draw = { roundHash: hash('round'), committee, proven, count: 5 }
    expect(drawScorers(draw)).toHaveLength(5)
    expect(drawScorers({ ...draw, proven: [...proven].reverse() })).toEqual(drawScorers(draw))
    expect(drawScorers({ ...draw, proven: [...proven, ...proven, ...committee] })).toEqual(drawScorers(draw))
  })

  it('asks the committee first', () => {
    const draw = { roundHash: hash('round'), committee, proven }
    expect(new Set(drawScorers({ ...draw, count: 2 }))).toEqual(new Set(committee))
    expect(new Set(drawScorers({ ...draw, count: 5 }))).toEqual(expect.objectContaining({ size: 5 }))
  })

  it('rotates: in a hundred rounds everyone comes', () => {
    const drawn = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const draw = { roundHash: hash(`round ${round}`), committee: [], proven, count: 5 }
      for (const who of drawScorers(draw)) drawn.add(who)
    }
    expect(drawn.size).toBe(30)
  })

  it('lets nobody score itself, nor its own institution', () => {
    const houses = new Map([
      [peer(1), 'A'],
      [peer(2), 'A'],
    ])
    const scorers = scorersFor(peer(1), [peer(1), peer(2), peer(3)], (who) => houses.get(who))
    expect(scorers).toEqual([peer(3)])
  })
})

describe('decisiveScores', () => {
  const found = (scorer: number, score: number) => ({ scorer: peer(scorer), score })

  const judges = (drawn: number, committee: number) => {
    const peers = Array.from({ length: drawn }, (_, i) => peer(i + 1))
    return { drawn: peers, committee: peers.slice(0, committee) }
  }

  it('are all there are, of more than half of those drawn', () => {
    expect(decisiveScores([found(1, 5), found(2, 6), found(3, 7)], judges(5, 1), 3)).toEqual([5, 6, 7])
  })

  it('are not those of a few that a proposer picks', () => {
    // Two that lie, and itself.
    const picked = [found(1, 5), found(10, -9), found(11, -9)]
    expect(decisiveScores(picked, judges(11, 11), 3)).toEqual([])
    expect(decisiveScores(picked, judges(11, 4), 3)).toEqual([])
    expect(decisiveScores([...picked, found(9, -9), found(8, -9)], judges(11, 4), 3)).toEqual([])
  })

  it('are those of the committee when most of the others have no examples', () => {
    const members = [found(1, 5), found(2, 6), found(3, 7)]
    expect(decisiveScores([...members, found(10, -9)], judges(11, 4), 3)).toEqual([5, 6, 7])
    expect(decisiveScores([...members, found(10, -9)], judges(11, 6), 3)).toEqual([])
  })

  it('are those of a small committee when all of it judged, and of nobody else', () => {
    expect(decisiveScores([found(1, 5)], judges(3, 1), 3)).toEqual([5])
    expect(decisiveScores([found(1, 5), found(3, -9)], judges(3, 1), 3)).toEqual([5])
    expect(decisiveScores([found(1, 5), found(3, -9)], judges(3, 2), 3)).toEqual([])
  })

  it('are none when too few judged', () => {
    expect(decisiveScores([found(8, 5), found(9, 5)], judges(9, 1), 3)).toEqual([])
    expect(decisiveScores([found(1, 5)], judges(3, 3), 3)).toEqual([])
    expect(decisiveScores([], judges(0, 0), 3)).toEqual([])
  })

  it('have a median within what the honest found, whichever of them a proposer picks, while fewer than a quarter lie', () => {
    const request = fc.record({ drawn: fc.integer({ min: 3, max: 31 }), count: fc.nat() })
    fc.assert(
      fc.property(request, ({ drawn, count }) => {
        const liars = Math.ceil(drawn / 4) - 1
        const lies = Array.from({ length: liars }, (_, i) => found(i + 1, -9))
        const honest = Array.from({ length: count % (drawn - liars + 1) }, (_, i) => found(liars + i + 1, 5))
        const decisive = decisiveScores([...lies, ...honest], judges(drawn, drawn), 3)
        if (decisive.length > 0) expect(medianOf(decisive)).toBe(5)
      }),
    )
  })
})

describe('medianOf', () => {
  it('stays within what the honest found while fewer than half lie', () => {
    const lots = fc.record({
      honest: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 16 }),
      lies: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 15 }),
    })
    fc.assert(
      fc.property(lots, ({ honest, lies }) => {
        fc.pre(lies.length < honest.length)
        const median = medianOf([...lies, ...honest])
        expect(median).toBeGreaterThanOrEqual(Math.min(...honest))
        expect(median).toBeLessThanOrEqual(Math.max(...honest))
        expect(Number.isInteger(median)).toBe(true)
      }),
    )
  })
})

describe('scoreOf', () => {
  it('is the part of the unit that the work takes off', () => {
    expect(scoreOf({ baseLoss: 1, trialLoss: 0.5, unitLoss: 2 })).toBe(250_000)
    expect(scoreOf({ baseLoss: 1, trialLoss: 9, unitLoss: 2 })).toBe(-4_000_000)
    expect(scoreOf({ baseLoss: 1, trialLoss: 9e9, unitLoss: 2 })).toBe(-100_000_000)
  })

  it('is the worst for what is not finite', () => {
    for (const trialLoss of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(scoreOf({ baseLoss: 1, trialLoss, unitLoss: 2 })).toBe(-100_000_000)
    }
  })
})

describe('mayVote', () => {
  it('is earned by work, and lost by two votes for one seat, whatever one’s work is worth', () => {
    const state = stateOf([standing(), standing({ equivocated: true }), newcomer, standing({ suspendedUntil: 30 })])
    expect([0, 1, 2, 3].map((i) => mayVote(state, peer(i), rules))).toEqual([true, false, false, false])
  })

  it('never forgets an equivocation, not even of a peer that stays away for ever', () => {
    const evidence = [
      { accepted: [peer(1), peer(2), peer(3)].map((who) => ({ peer: who, scores: who === peer(3) ? BAD : GOOD })) },
      { accepted: [], equivocated: [peer(1)] },
      ...Array.from({ length: 250 }, () => ({ accepted: [] })),
    ]
    const state = play(initialReputation(rules), rules, evidence)
    expect(Object.keys(state.peers)).toEqual([peer(1)])
    expect(mayVote(state, peer(1), rules)).toBe(false)
  })
})
