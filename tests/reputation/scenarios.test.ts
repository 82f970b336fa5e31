import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  initialReputation,
  mayContribute,
  type ReputationRules,
  type ReputationState,
  standingOf,
} from '../../peer-core/reputation/index.ts'
import { effectiveWeightOf } from './effective-weight.ts'
import { BAD, GOOD, peer, play, rulesWith } from './peers.ts'
import {
  FLOOD_AT,
  patientNames,
  QUEUE_AT,
  rareClasses,
  SLEEPERS_TURN,
  sleeper,
  sybils,
  whitewashing,
} from './scenarios.ts'

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const valuesOf = (curves: readonly { values: readonly number[] }[]) => curves.map(({ values }) => values)

describe('whitewashing', () => {
  it('gives a liar less influence than staying does', () => {
    const [works, stays, leaves] = valuesOf(whitewashing()) as [number[], number[], number[]]
    expect(sum(leaves)).toBeLessThanOrEqual(sum(stays))
    expect(sum(stays)).toBeLessThan(sum(works) / 3)
  })

  /** What a peer does in a round: nothing, good work, harm, fraud, or a bad line. */
  const deeds = fc.array(fc.constantFrom('away', 'good', 'harm', 'mild', 'fraud', 'offline'), { maxLength: 25 })
  type Deed = 'away' | 'good' | 'harm' | 'mild' | 'fraud' | 'offline'
  const others = [peer(11), peer(12), peer(13), peer(14)]

  function live(state: ReputationState, who: PeerId, deed: Deed, rules: ReputationRules, admit = false) {
    const taken = mayContribute(state, who, rules)
    const scores = { good: GOOD, harm: BAD, mild: [-150_000, -160_000, -140_000] }[deed as 'good']
    const rejection = { fraud: 'non-finite', offline: 'unavailable' }[deed as 'fraud']
    return applyEvidence(
      state,
      {
        round: state.round + 1,
        admitted: [...(admit ? [{ peer: who }] : [])],
        accepted: [
          ...others.map((other) => ({ peer: other, scores: GOOD })),
          ...(taken && scores ? [{ peer: who, scores }] : []),
        ],
        rejected: taken && rejection ? [{ peer: who, reason: rejection as 'non-finite' }] : [],
      },
      rules,
    )
  }

  it('never beats staying: whatever a new name can do, the old one could have done with no less influence in any round', () => {
    const anyRules = fc.record({
      suspensionRounds: fc.integer({ min: 0, max: 5 }),
      extra: fc.integer({ min: 0, max: 3 }),
      epochRounds: fc.integer({ min: 1, max: 6 }),
      gain: fc.integer({ min: 1_000, max: 200_000 }),
      harmKeep: fc.integer({ min: 100_000, max: 950_000 }),
    })
    fc.assert(
      fc.property(anyRules, deeds, deeds, ({ extra, ...given }, before, after) => {
        const rules = rulesWith({
          ...given,
          entryRounds: Math.max(1, given.suspensionRounds + extra),
          admission: { kind: 'work' },
        })
        const [old, fresh] = [peer(21), peer(22)]
        let state = applyEvidence(
          initialReputation(rules),
          { round: 1, admitted: [...others, old].map((who) => ({ peer: who })), accepted: [] },
          rules,
        )
        for (const deed of before) state = live(state, old, deed, rules)
        // One leaves and is admitted again under a new name; the other stays, and does nothing for as long as the first has to wait.
        let stays = live(state, old, 'away', rules)
        let leaves = live(state, fresh, 'away', rules, true)
        while (!mayContribute(leaves, fresh, rules)) {
          stays = live(stays, old, 'away', rules)
          leaves = live(leaves, fresh, 'away', rules)
        }
        for (const deed of after) {
          const [kept, regained] = [effectiveWeightOf(stays, old, rules), effectiveWeightOf(leaves, fresh, rules)]
          expect(kept).toBeGreaterThanOrEqual(regained)
          // What the new name may not do, being suspended, the old one leaves undone too.
          stays = live(stays, old, regained > 0 ? deed : 'away', rules)
          leaves = live(leaves, fresh, deed, rules)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never beats staying in a house that starts its peers high, whether they idle, work or do harm', () => {
    const inviter = peer(90)
    const anyRules = fc.record({
      start: fc.integer({ min: 150_000, max: 1_000_000 }),
      epochRounds: fc.integer({ min: 1, max: 6 }),
      entryRounds: fc.integer({ min: 3, max: 6 }),
    })
    const idle = fc.integer({ min: 0, max: 150 })
    fc.assert(
      fc.property(anyRules, deeds, idle, deeds, ({ start, ...given }, before, away, after) => {
        const institutions = [{ name: 'Clinic', inviters: [inviter], seats: 9, start }]
        const rules = rulesWith({ ...given, institutions, admission: { kind: 'invitation' } })
        const [old, fresh] = [peer(21), peer(22)]
        const idles = (state: ReputationState, who: PeerId) => live(state, who, 'away', rules)
        const lets = (state: ReputationState, who: PeerId, among: readonly PeerId[] = []) => {
          const admitted = [...among.map((one) => ({ peer: one })), { peer: who, inviter }]
          const accepted = others.map((one) => ({ peer: one, scores: GOOD }))
          return applyEvidence(state, { round: state.round + 1, admitted, accepted }, rules)
        }
        let state = lets(initialReputation(rules), old, others)
        for (const deed of before) state = live(state, old, deed, rules)
        for (let round = 0; round < away; round++) state = idles(state, old)
        let stays = idles(state, old)
        let leaves = lets(state, fresh)
        while (!mayContribute(leaves, fresh, rules)) {
          stays = idles(stays, old)
          leaves = idles(leaves, fresh)
        }
        for (const deed of after) {
          const [kept, regained] = [effectiveWeightOf(stays, old, rules), effectiveWeightOf(leaves, fresh, rules)]
          expect(kept).toBeGreaterThanOrEqual(regained)
          stays = live(stays, old, regained > 0 ? deed : 'away', rules)
          leaves = live(leaves, fresh, deed, rules)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('starts nobody of a house higher than one of its peers was when it was forgotten', () => {
    const inviter = peer(90)
    const institutions = [{ name: 'Clinic', inviters: [inviter], seats: 9, start: 900_000 }]
    const rules = rulesWith({ institutions, admission: { kind: 'invitation' } })
    const join = (who: PeerId) => ({ accepted: [], admitted: [{ peer: who, inviter }] })
    const away = new Array(rules.expireRounds).fill({ accepted: [] })
    const state = play(initialReputation(rules), rules, [join(peer(21)), ...away, join(peer(22))])
    expect(standingOf(state, peer(21))).toBeUndefined()
    // 200 rounds forget two thirds of what is above a newcomer's.
    expect(standingOf(state, peer(22))!.quality).toBeLessThan(430_000)
  })

  it('would beat staying if a newcomer waited less than a suspended peer, which is why rules may not say so', () => {
    expect(() => rulesWith({ entryRounds: 2, suspensionRounds: 3 })).toThrow('come back')
  })
})

describe('a sleeper', () => {
  it.each(['1', '2'])('falls below the level of a newcomer within 5 rounds of turning (seed %s)', (seed) => {
    const [honest, sleepers] = valuesOf(sleeper(seed, SLEEPERS_TURN + 6)) as [number[], number[]]
    expect(sleepers[SLEEPERS_TURN - 2]).toBe(1_000)
    // values[r − 1] is what round r leaves behind.
    expect(sleepers[SLEEPERS_TURN - 2 + 5]).toBeLessThan(500)
    expect(Math.min(...honest.slice(SLEEPERS_TURN))).toBe(1_000)
  })
})

describe('sybils', () => {
  it('at 30 % of all identities never hold more than the declared Byzantine share', () => {
    const [all, inRound, declared] = valuesOf(sybils(0.3, 0.2)) as [number[], number[], number[]]
    expect(Math.max(...inRound)).toBeLessThanOrEqual(declared[0]!)
    expect(Math.max(...inRound)).toBeGreaterThan(150_000)
    // And that is the doing of the newcomers' share, at first.
    expect(Math.max(...all.slice(FLOOD_AT))).toBeGreaterThan(declared[0]!)
  })

  it('at 90 % do not either', () => {
    const [all, inRound, declared] = valuesOf(sybils(0.9, 0.2, 50)) as [number[], number[], number[]]
    expect(Math.max(...inRound)).toBeLessThanOrEqual(declared[0]!)
    expect(Math.max(...all)).toBeGreaterThan(800_000)
  })
})

describe('hundreds of patient names', () => {
  const firstAbove = (values: readonly number[]) => values.findIndex((value) => value > 500) + 1

  it('that do nothing hold up a newcomer that works for eighty rounds at most, and earn nothing', () => {
    const [works, names] = valuesOf(patientNames(300, true, 130)) as [number[], number[]]
    expect(firstAbove(works)).toBeGreaterThan(QUEUE_AT)
    expect(firstAbove(works)).toBeLessThan(QUEUE_AT + 80)
    expect(works.at(-1)).toBeGreaterThan(700)
    expect(Math.max(...names)).toBe(500)
  })

  it('that work do not either, while all find room in a round', () => {
    const [works] = valuesOf(patientNames(100, false, 130)) as [number[]]
    expect(firstAbove(works)).toBeGreaterThan(QUEUE_AT)
    expect(firstAbove(works)).toBeLessThan(QUEUE_AT + 80)
    expect(works.at(-1)).toBeGreaterThan(700)
  })
})

describe('a peer with rare classes', () => {
  it.each(['1', '2', '3'])(
    'keeps four fifths of the median honest influence beside liars and slanderers (seed %s)',
    (seed) => {
      const [median, rare] = valuesOf(rareClasses(seed, 60)) as [number[], number[]]
      rare.forEach((influence, at) => {
        expect(influence).toBeGreaterThanOrEqual(0.8 * median[at]!)
      })
      expect(median.at(-1)).toBe(1_000)
    },
  )
})
