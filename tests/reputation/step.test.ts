import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  defaultRules,
  initialReputation,
  mayContribute,
  openRules,
  ReputationError,
  type ReputationState,
  type RoundEvidence,
  reputationStateSchema,
  roundEvidenceSchema,
  standingOf,
  weightOf,
} from '../../peer-core/reputation/index.ts'
import { blobIdSchema, rejectionReasonSchema } from '../../peer-core/wire/index.ts'
import { effectiveWeightOf } from './effective-weight.ts'
import { BAD, GOOD, peer, play, rulesWith } from './peers.ts'

const [alice, bob, carol] = [peer(1), peer(2), peer(3)] as const
const work = (scores: number[], who = alice) => ({ accepted: [{ peer: who, scores }] })
const fresh = initialReputation(defaultRules)

/** Alice after `rounds` good ones. */
function grown(rounds: number): ReputationState {
  return play(
    fresh,
    defaultRules,
    Array.from({ length: rounds }, () => work(GOOD)),
  )
}

/** Any round that Alice, Bob and Carol can have. */
const anyRound = fc
  .array(
    fc.oneof(
      fc.constant({ kind: 'absent' as const }),
      fc.record({
        kind: fc.constant('scored' as const),
        scores: fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 5 }),
      }),
      fc.record({ kind: fc.constant('rejected' as const), reason: fc.constantFrom(...rejectionReasonSchema.options) }),
    ),
    { minLength: 3, maxLength: 3 },
  )
  .map((lots) => {
    const peers = [alice, bob, carol]
    const accepted = lots.flatMap((lot, i) =>
      lot.kind === 'scored' ? [{ peer: peers[i]!, scores: [...lot.scores] }] : [],
    )
    const rejected = lots.flatMap((lot, i) =>
      lot.kind === 'rejected' ? [{ peer: peers[i]!, reason: lot.reason }] : [],
    )
    return { accepted, rejected } satisfies Omit<RoundEvidence, 'round'>
  })

describe('applyEvidence', () => {
  it('starts everyone at the floor', () => {
    expect(weightOf(fresh, alice)).toBe(500)
    expect(weightOf(grown(1), alice)).toBe(500)
  })

  it('raises influence slowly, to 1 and no further', () => {
    const weights = [10, 25, 50, 100].map((rounds) => weightOf(grown(rounds), alice))
    expect(weights[0]).toBeGreaterThan(500)
    expect(weights[0]).toBeLessThan(650)
    expect(weights).toEqual([...weights].sort((a, b) => a - b))
    expect(weights[3]).toBe(1_000)
  })

  it('takes in four rounds what fifty gave', () => {
    const turned = play(grown(50), defaultRules, [work(BAD), work(BAD), work(BAD), work(BAD)])
    expect(effectiveWeightOf(turned, alice, defaultRules)).toBe(0)
  })

  it('adds up harm that is done in every third round, and passes over what is done now and then', () => {
    /** Rounds until Alice, who was good for 60 rounds, is suspended: harm in every `nth` of them. */
    const untilSuspended = (nth: number) => {
      let state = grown(60)
      for (let round = 1; round <= 60; round++) {
        state = play(state, defaultRules, [work(round % nth === 0 ? BAD : GOOD)])
        if (!mayContribute(state, alice, defaultRules)) return round
      }
      return undefined
    }
    expect(untilSuspended(1)).toBeLessThanOrEqual(4)
    expect(untilSuspended(2)).toBeLessThanOrEqual(8)
    expect(untilSuspended(3)).toBeLessThanOrEqual(12)
    // A newcomer may do harm in two rounds of five: for less nobody needs a new name.
    expect(untilSuspended(4)).toBeUndefined()
  })

  it('takes no more for one harmful round than a third, and less for a second after three without', () => {
    const bad = work(BAD)
    const good = work(GOOD)
    const lost = (rounds: (typeof bad)[]) => standingOf(play(grown(60), defaultRules, rounds), alice)!.quality
    expect(lost([bad])).toBeGreaterThan(680_000)
    expect(lost([bad, good, good, good, bad])).toBeGreaterThan(480_000)
    expect(lost([bad, good, bad])).toBeLessThan(280_000)
  })

  it('changes influence at the end of an epoch only', () => {
    const rules = rulesWith({ epochRounds: 10 })
    let state = initialReputation(rules)
    for (let round = 1; round < 10; round++) {
      state = applyEvidence(state, { round, ...work(GOOD) }, rules)
      expect(weightOf(state, alice)).toBe(500)
    }
    expect(weightOf(applyEvidence(state, { round: 10, ...work(GOOD) }, rules), alice)).toBeGreaterThan(500)
  })

  it('forgets: standing that nobody renews goes back to the entry', () => {
    const rules = rulesWith({ expireRounds: 100_000 })
    const idle = play(
      grown(50),
      rules,
      Array.from({ length: 1_500 }, () => ({ accepted: [] })),
    )
    expect(weightOf(idle, alice)).toBeLessThanOrEqual(501)
  })

  it('forgets a peer altogether that stays away, so that it needs a new admission', () => {
    const gone = play(
      grown(3),
      defaultRules,
      Array.from({ length: 200 }, () => ({ accepted: [] })),
    )
    expect(standingOf(gone, alice)).toBeUndefined()
    expect(mayContribute(gone, alice, defaultRules)).toBe(false)
  })

  it('never forgets who has a seat in the committee, although it never works', () => {
    const seated = { accepted: [], seated: [alice] }
    const idle = play(grown(50), defaultRules, new Array(400).fill(seated))
    const standing = standingOf(idle, alice)!
    expect(standing.waitsSince).toBe(standingOf(grown(50), alice)!.waitsSince)
    expect(standing.quality).toBeGreaterThan(defaultRules.entry)
    // And lets in whom a vote seats.
    expect(standingOf(play(fresh, defaultRules, [{ accepted: [], seated: [bob] }]), bob)?.quality).toBe(
      defaultRules.entry,
    )
  })

  it('forgets a name of which it knows one lie when its suspension ends, where a new name would work at once', () => {
    const lie = { accepted: [], rejected: [{ peer: bob, reason: 'non-finite' as const }] }
    const known = (rounds: number, rules = openRules, ...before: Omit<RoundEvidence, 'round'>[]) => {
      const quiet = Array.from({ length: rounds }, () => ({ accepted: [] }))
      return standingOf(play(initialReputation(rules), rules, [...before, lie, ...quiet]), bob)
    }
    expect(known(openRules.suspensionRounds - 1)!.suspendedUntil).toBeGreaterThan(openRules.suspensionRounds)
    expect(known(openRules.suspensionRounds)).toBeUndefined()
    expect(known(openRules.suspensionRounds, defaultRules)).toBeDefined()
    expect(known(openRules.suspensionRounds, openRules, work(GOOD, bob))).toBeDefined()
  })

  it('tells a bad line from fraud', () => {
    const reject = (reason: 'unavailable' | 'non-finite') => ({ accepted: [], rejected: [{ peer: alice, reason }] })
    const offline = play(grown(50), defaultRules, [reject('unavailable')])
    expect(standingOf(offline, alice)!.quality).toBeGreaterThan(980_000)
    expect(mayContribute(offline, alice, defaultRules)).toBe(true)
    const fraud = play(grown(50), defaultRules, [reject('non-finite')])
    expect(standingOf(fraud, alice)!.quality).toBeLessThan(110_000)
    expect(mayContribute(fraud, alice, defaultRules)).toBe(false)
  })

  it('gives a verdict only on enough scores, and takes their median', () => {
    expect(standingOf(play(fresh, defaultRules, [work([-1_000_000, -1_000_000])]), alice)!.quality).toBe(
      defaultRules.entry,
    )
    const oneLiar = play(fresh, defaultRules, [work([-1_000_000, 100_000, 100_000])])
    expect(standingOf(oneLiar, alice)!.quality).toBe(defaultRules.entry + defaultRules.gain)
  })

  it('takes fewer scores where the evidence says that they are enough', () => {
    const alone = { accepted: [{ peer: alice, scores: [100_000], enough: 1 }] }
    expect(standingOf(play(fresh, defaultRules, [alone]), alice)!.quality).toBe(defaultRules.entry + defaultRules.gain)
  })

  it('takes accepted and refused work of one peer: they are of two rounds', () => {
    const both = {
      accepted: [{ peer: alice, scores: GOOD }],
      rejected: [{ peer: alice, reason: 'unavailable' as const }],
    }
    expect(standingOf(play(grown(3), defaultRules, [both]), alice)!.quality).toBe(standingOf(grown(4), alice)!.quality)
  })

  it('blames nobody for what the median contribution does', () => {
    const everyone = [alice, bob, carol].map((who) => ({ peer: who, scores: BAD }))
    const state = play(fresh, defaultRules, [{ accepted: everyone }])
    for (const who of [alice, bob, carol]) {
      expect(standingOf(state, who)!.quality).toBe(defaultRules.entry + defaultRules.gain)
    }
  })

  describe('where liars are more than proven peers', () => {
    const [strong, liars] = [
      [10, 11, 12, 13, 14].map((seed) => peer(seed)),
      [20, 21, 22, 23, 24, 25, 26, 27].map((seed) => peer(seed)),
    ]
    const of = (peers: readonly PeerId[], scores: number[]) => peers.map((who) => ({ peer: who, scores }))
    const founded = play(
      fresh,
      defaultRules,
      Array.from({ length: 50 }, () => ({ accepted: of(strong, GOOD) })),
    )
    const known = play(founded, defaultRules, [{ accepted: [], admitted: liars.map((who) => ({ peer: who })) }])
    const qualities = (accepted: RoundEvidence['accepted']) => {
      const after = play(known, defaultRules, [{ accepted }])
      return liars.map((who) => standingOf(after, who)!.quality)
    }

    it('finds the harm of those that weigh less, however many they are', () => {
      // 5 × 1,000 against 8 × 500.
      for (const quality of qualities([...of(strong, GOOD), ...of(liars, BAD)])) {
        expect(quality).toBeLessThan(defaultRules.entry)
      }
    })

    it('finds the harm of a majority beside few who are proven, and gives it nothing beside none', () => {
      for (const quality of qualities([...of(strong.slice(0, 3), GOOD), ...of(liars, BAD)]).slice(0, 8)) {
        expect(quality).toBeLessThan(defaultRules.entry)
      }
      for (const quality of qualities(of(liars, BAD))) expect(quality).toBe(defaultRules.entry)
      for (const quality of qualities(of(liars, GOOD))) expect(quality).toBe(defaultRules.entry + defaultRules.gain)
    })

    it('finds the harm of a proven one among newcomers', () => {
      const [liar] = strong as [PeerId]
      const after = play(known, defaultRules, [{ accepted: [...of([liar], BAD), ...of(liars, GOOD)] }])
      expect(standingOf(after, liar)!.quality).toBeLessThan(0.8 * standingOf(known, liar)!.quality)
    })

    it('calls usual what proven peers’ work changes', () => {
      expect(qualities([...of(strong.slice(0, 3), GOOD), ...of(liars, [0, 0, 0])])[0]).toBe(defaultRules.entry)
    })
  })

  describe('for work that changes nothing', () => {
    const others = [peer(4), peer(5), peer(6)].map((who) => ({ peer: who, scores: GOOD }))
    const earned = (scores: number[], usual = others) => {
      const state = play(fresh, defaultRules, [{ accepted: [{ peer: alice, scores }, ...usual] }])
      return standingOf(state, alice)!.quality - defaultRules.entry
    }

    it('gives nothing: zeros, and what has a hundredth of the usual effect', () => {
      expect(earned([0, 0, 0])).toBe(0)
      expect(earned([900, 900, 900])).toBe(0)
      expect(earned([-900, -900, -900])).toBe(0)
      const little = others.map(({ peer: who }) => ({ peer: who, scores: [99, 99, 99] }))
      expect(earned([0, 0, 0], little)).toBe(0)
      expect(earned([1, 1, 1], little)).toBe(defaultRules.gain)
    })

    it('asks for no sign, and for little', () => {
      expect(earned([1_100, 1_100, 1_100])).toBe(defaultRules.gain)
      expect(earned([-1_100, -1_100, -1_100])).toBe(defaultRules.gain)
    })

    it('gives what it gives for any where nobody’s work changes anything, or nobody can say what is usual', () => {
      const idle = others.map(({ peer: who }) => ({ peer: who, scores: [0, 0, 0] }))
      expect(earned([0, 0, 0], idle)).toBe(defaultRules.gain)
      expect(earned([0, 0, 0], others.slice(0, 1))).toBe(defaultRules.gain)
    })

    it('lets no enormous effect of fewer than half make honest work look like nothing', () => {
      const liars = [peer(7), peer(8)].map((who) => ({ peer: who, scores: [90_000_000, 90_000_000, 90_000_000] }))
      expect(earned(GOOD, [...others, ...liars])).toBe(defaultRules.gain)
    })
  })

  describe('for one delta from several peers', () => {
    const delta = blobIdSchema.parse('ab'.repeat(32))
    const same = (peers: readonly PeerId[]) => ({
      accepted: peers.map((who) => ({ peer: who, scores: GOOD, delta })),
    })
    const qualityAfter = (before: ReputationState, peers: readonly PeerId[], who: PeerId) =>
      standingOf(play(before, defaultRules, [same(peers)]), who)!.quality

    it('gives one gain to who stands best, as much as if all had equal parts to newcomers, and nothing to others', () => {
      const idle = play(grown(20), defaultRules, [{ accepted: [] }])
      expect(qualityAfter(grown(20), [bob, alice], alice)).toBe(standingOf(idle, alice)!.quality + defaultRules.gain)
      expect(qualityAfter(grown(20), [bob, alice], bob)).toBe(defaultRules.entry + defaultRules.gain / 2)
      expect(qualityAfter(grown(20), [bob, carol, alice], bob)).toBe(
        defaultRules.entry + Math.floor(defaultRules.gain / 3),
      )
    })

    it('proves a newcomer in twice the time whom somebody copies, and gives a copy no more than that', () => {
      const rounds = (count: number) => Array.from({ length: count }, () => same([alice, bob]))
      const quality = (count: number) => standingOf(play(grown(20), defaultRules, rounds(count)), bob)!.quality
      expect(quality(14)).toBeLessThan(defaultRules.provenAt)
      expect(quality(17)).toBeGreaterThanOrEqual(defaultRules.provenAt)
      expect(quality(200)).toBeLessThan(defaultRules.provenAt + defaultRules.gain)
    })

    it('parts it among equals', () => {
      for (const who of [alice, bob, carol]) {
        const third = Math.floor(defaultRules.gain / 3)
        expect(defaultRules.entry + third - qualityAfter(fresh, [alice, bob, carol], who)).toBeLessThanOrEqual(1)
      }
    })
  })

  it('lets offences change no work, and unscored work nobody’s vote', () => {
    const before = grown(20)
    const offender = play(before, defaultRules, [{ accepted: [], equivocated: [alice] }])
    const idle = play(before, defaultRules, [{ accepted: [] }])
    expect(standingOf(offender, alice)).toEqual({ ...standingOf(idle, alice), equivocated: true, seen: 21 })
    const unscored = play(before, defaultRules, [{ accepted: [{ peer: alice }] }])
    expect(standingOf(unscored, alice)!.quality).toBe(standingOf(idle, alice)!.quality)
  })

  it('stays within its bounds and its schema whatever happens', () => {
    fc.assert(
      fc.property(fc.array(anyRound, { maxLength: 30 }), fc.integer({ min: 1_000, max: 2_000 }), (rounds, ratio) => {
        const rules = rulesWith({ ratio })
        const state = play(initialReputation(rules), rules, rounds)
        expect(reputationStateSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state)
        for (const who of [alice, bob, carol]) {
          expect(weightOf(state, who) * ratio).toBeGreaterThanOrEqual(1_000_000)
          expect(weightOf(state, who)).toBeLessThanOrEqual(1_000)
        }
      }),
    )
  })

  it('does not depend on the order in which a round names its peers', () => {
    fc.assert(
      fc.property(fc.array(anyRound, { maxLength: 10 }), (rounds) => {
        const mirrored = rounds.map(({ accepted, rejected }) => ({
          accepted: accepted.map(({ peer: who, scores }) => ({ peer: who, scores: [...scores].reverse() })).reverse(),
          rejected: [...rejected].reverse(),
        }))
        expect(JSON.stringify(play(fresh, defaultRules, mirrored))).toBe(
          JSON.stringify(play(fresh, defaultRules, rounds)),
        )
      }),
    )
  })

  it('refuses a round twice, a round too early, and a peer named twice', () => {
    const state = grown(3)
    for (const round of [3, 5]) {
      expect(() => applyEvidence(state, { round, accepted: [] }, defaultRules)).toThrow(ReputationError)
    }
    const twice = { round: 4, accepted: [{ peer: alice }, { peer: alice }] }
    expect(() => applyEvidence(state, twice, defaultRules)).toThrow('DUPLICATE_EVIDENCE')
  })

  it('leaves the state it is given as it was', () => {
    const before = grown(5)
    const copy = structuredClone(before)
    applyEvidence(before, { round: 6, ...work(BAD) }, defaultRules)
    expect(before).toEqual(copy)
  })
})

describe('roundEvidenceSchema', () => {
  it('refuses scores out of range, names of nobody and more than it knows', () => {
    for (const broken of [
      { round: 1, accepted: [{ peer: alice, scores: [100_000_001] }] },
      { round: 1, accepted: [{ peer: alice, scores: [0.5] }] },
      { round: 1, accepted: [{ peer: '__proto__', scores: [] }] },
      { round: 0, accepted: [] },
      { round: 1, accepted: [], distance: 3 },
    ]) {
      expect(roundEvidenceSchema.safeParse(broken).success).toBe(false)
    }
  })
})
