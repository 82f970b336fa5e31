import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import { applyEvidence, initialReputation, rankOf, standingOf } from '../../peer-core/reputation/index.ts'
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
    expect(inTurn(both, [late, early])).toEqual([early, late])
    expect(inTurn(both, [early, late])).toEqual([early, late])
  })

  it('lets who has begun go on', () => {
    const begun = play(both, rules, [work(late)])
    expect(inTurn(begun, [early, late])).toEqual([late, early])
  })

  it.each([
    ['harm', work(late, BAD)],
    ['work that changes nothing', work(late, [0, 0, 0])],
    ['fraud', { accepted: [], rejected: [{ peer: late, reason: 'non-finite' as const }] }],
  ])('sends behind all others whose turn ended with %s', (_, evidence) => {
    const after = play(both, rules, [work(late), evidence, { accepted: [], admitted: [{ peer: stranger }] }])
    expect(inTurn(after, [late, early, stranger])).toEqual([early, late, stranger])
  })

  it('ends a turn that nobody judges after as many works as would have made two peers proven', () => {
    const unscored = { accepted: [{ peer: late }] }
    const most = worksOfTurn(rules)
    const nearly = play(both, rules, new Array(most - 1).fill(unscored))
    expect(inTurn(nearly, [early, late])).toEqual([late, early])
    expect(inTurn(play(nearly, rules, [unscored]), [early, late])).toEqual([early, late])
  })

  it('puts whom nobody knows before those who wait, and after those whose turn it is', () => {
    const begun = play(both, rules, [work(late)])
    expect(inTurn(begun, [early, stranger, late])).toEqual([late, stranger, early])
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
