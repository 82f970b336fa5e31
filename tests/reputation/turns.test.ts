import { describe, expect, it } from 'vitest'
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  drawCohort,
  initialReputation,
  openRules,
  type ReputationState,
  rankOf,
  standingOf,
} from '../../peer-core/reputation/index.ts'
import { inTurn, worksOfTurn } from '../../peer-core/reputation/turns.ts'
import { BAD, GOOD, peer, play, rulesWith } from './peers.ts'

const rules = rulesWith({ admission: { kind: 'work' }, entryRounds: 3, unscoredGain: 0 })
const [early, late, stranger] = [peer(1), peer(2), peer(3)] as const
const others = [peer(11), peer(12), peer(13)]
const work = (who: PeerId, scores: number[] = GOOD) => ({
  accepted: [{ peer: who, scores }, ...others.map((other) => ({ peer: other, scores: GOOD }))],
})

/** Two newcomers, one of whom came a round before the other. */
const both = play(initialReputation(rules), rules, [
  { accepted: [], admitted: others.map((who) => ({ peer: who })) },
  { accepted: [], admitted: [{ peer: early }] },
  { accepted: [], admitted: [{ peer: late }] },
])

describe('inTurn', () => {
  it('takes newcomers in the order in which they came, whatever the lot says', () => {
    expect(inTurn(both, [late, early], false)).toEqual([early, late])
    expect(inTurn(both, [early, late], false)).toEqual([early, late])
  })

  it('lets who has begun go on', () => {
    const begun = play(both, rules, [work(late)])
    expect(inTurn(begun, [early, late], false)).toEqual([late, early])
  })

  it.each([
    ['harm', work(late, BAD)],
    ['work that changes nothing', work(late, [0, 0, 0])],
    ['fraud', { accepted: [], rejected: [{ peer: late, reason: 'non-finite' as const }] }],
  ])('sends behind all others whose turn ended with %s', (_, evidence) => {
    const after = play(both, rules, [work(late), evidence, { accepted: [], admitted: [{ peer: stranger }] }])
    expect(inTurn(after, [late, early, stranger], false)).toEqual([early, late, stranger])
  })

  it('ends a turn that nobody judges after as many works as would have made two peers proven', () => {
    const unscored = { accepted: [{ peer: late }] }
    const most = worksOfTurn(rules)
    const nearly = play(both, rules, new Array(most - 1).fill(unscored))
    expect(inTurn(nearly, [early, late], false)).toEqual([late, early])
    expect(inTurn(play(nearly, rules, [unscored]), [early, late], false)).toEqual([early, late])
  })

  it('takes who waits and whom nobody knows alternately, after those whose turn it is', () => {
    const begun = play(both, rules, [work(late)])
    const others = [peer(4), peer(5)]
    expect(inTurn(begun, [stranger, early, ...others, late], false)).toEqual([late, early, stranger, ...others])
    expect(inTurn(begun, [stranger, early, ...others, late], true)).toEqual([late, stranger, early, ...others])
  })
})

describe('drawCohort', () => {
  const proven = Array.from({ length: 10 }, (_, i) => peer(1_000 + i))

  /** Rounds in which `who` worked, beside ten proven peers and others that hand in zeros. */
  function roundsOf(who: PeerId, start: ReputationState, othersOf: (round: number) => PeerId[]): number[] {
    let state = start
    const worked: number[] = []
    for (let round = start.round + 1; round <= start.round + 60; round++) {
      const others = othersOf(round)
      const roundHash = sha256(utf8ToBytes(`waits/${round}`)) as Hash
      const request = { candidates: [...proven, who, ...others], roundHash, byzantineShare: 0.2 }
      const { taken, left } = drawCohort(state, openRules, request)
      if (taken.includes(who)) worked.push(round - start.round)
      const accepted = taken.map((one) => ({ peer: one, scores: others.includes(one) ? [0, 0, 0] : GOOD }))
      const kept = left.filter(({ peer: one }) => standingOf(state, one) !== undefined)
      const rejected = kept.map(({ peer: one }) => ({ peer: one, reason: 'newcomer-share' as const }))
      state = play(state, openRules, [{ accepted, rejected }])
    }
    return worked
  }
  const founded = play(
    initialReputation(openRules),
    openRules,
    Array.from({ length: 30 }, () => ({ accepted: proven.map((who) => ({ peer: who, scores: GOOD })) })),
  )

  it('lets who waits work soon, however many new names come each round', () => {
    const inVain = {
      accepted: [...proven.map((who) => ({ peer: who, scores: GOOD })), { peer: early, scores: [0, 0, 0] }],
    }
    let name = 5_000
    const worked = roundsOf(early, play(founded, openRules, [inVain]), () =>
      Array.from({ length: 8 }, () => peer(name++)),
    )
    expect(worked[0]).toBeLessThan(12)
    expect(worked.length).toBeGreaterThan(40)
  })

  it('lets a stranger work soon, however many names wait', () => {
    const names = Array.from({ length: 12 }, (_, i) => peer(6_000 + i))
    const inVain = names.map((who) => ({
      accepted: [...proven, who].map((one) => ({ peer: one, scores: one === who ? [0, 0, 0] : GOOD })),
    }))
    const worked = roundsOf(stranger, play(founded, openRules, inVain), () => names)
    expect(worked[0]).toBeLessThan(12)
    expect(worked.length).toBeGreaterThan(40)
  })

  it('keeps no newcomer out of a task that expects no liars', () => {
    const request = {
      candidates: [...proven, stranger],
      roundHash: sha256(utf8ToBytes('none')) as Hash,
      byzantineShare: 0,
    }
    expect(drawCohort(founded, openRules, request).taken).toContain(stranger)
  })
})

describe('rankOf', () => {
  it('puts proven peers before newcomers whose turn it is, and those before the others, who are equals', () => {
    let state = play(both, rules, [work(late), work(late, BAD), work(early)])
    const theirs = others.map((who) => ({ peer: who, scores: GOOD }))
    for (let round = 0; round < 8; round++) state = play(state, rules, [{ accepted: theirs }])
    const ranks = [others[0]!, early, late, stranger].map((who) => rankOf(state, rules, who))
    expect(standingOf(state, late)!.quality).toBeLessThanOrEqual(rules.entry)
    expect(ranks[0]).toBeGreaterThan(ranks[1]!)
    expect(ranks[1]).toBeGreaterThan(ranks[2]!)
    expect(ranks[2]).toBe(ranks[3])
  })
})

describe('a newcomer that is left out', () => {
  it('is kept in mind while commits say that it delivered', () => {
    const leftOut = { accepted: [], rejected: [{ peer: early, reason: 'newcomer-share' as const }] }
    const rounds = Array.from({ length: 250 }, (_, at) => (at % 100 === 0 ? leftOut : { accepted: [] }))
    const state = rounds.reduce(
      (current, evidence) => applyEvidence(current, { round: current.round + 1, ...evidence }, rules),
      both,
    )
    expect(standingOf(state, early)?.waitsSince).toBe(standingOf(both, early)!.waitsSince)
    expect(standingOf(state, late)).toBeUndefined()
  })
})
