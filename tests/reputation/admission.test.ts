import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hash, sha256, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import {
  type AdmissionContext,
  type AdmissionProblem,
  applyEvidence,
  checkAdmission,
  initialReputation,
  isInvitationSigned,
  isWorkDone,
  mayContribute,
  searchWork,
  signInvitation,
  standingOf,
  type WorkChallenge,
  weightOf,
} from '../../peer-core/reputation/index.ts'
import type { Ticket } from '../../peer-core/wire/index.ts'
import { GOOD, identity, peer, play, rulesWith } from './peers.ts'

const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash
const task = hash('task') as TaskId
const recent = hash('commit 7')
const challenge: WorkChallenge = { task, peer: peer(1), recent, bits: 8 }

/** The first slice that has any. */
function findWork(given: WorkChallenge) {
  for (let from = 0; ; from += 1_000) {
    const found = searchWork(given, from, 1_000)
    if (found !== undefined) return found
  }
}

describe('searchWork', () => {
  it('finds what one hash confirms', () => {
    const { nonce } = findWork(challenge)
    expect(isWorkDone(challenge, nonce)).toBe(true)
    expect(isWorkDone({ ...challenge, bits: 30 }, nonce)).toBe(false)
  })

  it('takes 2^bits hashes, expected', () => {
    let hashes = 0
    for (let i = 0; i < 60; i++) hashes += findWork({ ...challenge, recent: hash(`commit ${i}`) }).nonce + 1
    expect(hashes / 60).toBeGreaterThan(0.6 * 2 ** 8)
    expect(hashes / 60).toBeLessThan(1.5 * 2 ** 8)
  })

  it('is of no use to another peer, task or commit', () => {
    const { nonce } = findWork({ ...challenge, bits: 12 })
    for (const other of [{ peer: peer(2) }, { task: hash('other task') as TaskId }, { recent: hash('commit 8') }]) {
      expect(isWorkDone({ ...challenge, bits: 12, ...other }, nonce)).toBe(false)
    }
  })

  it('gives up at the end of its slice', () => {
    expect(searchWork({ ...challenge, bits: 48 }, 0, 100)).toBeUndefined()
  })
})

describe('signInvitation', () => {
  it('binds inviter, peer, task and end', () => {
    const signed = signInvitation(identity(50), { task, peer: peer(1), until: 9 })
    expect(isInvitationSigned(signed)).toBe(true)
    for (const change of [{ peer: peer(2) }, { until: 10 }, { task: hash('x') as TaskId }, { inviter: peer(51) }]) {
      expect(isInvitationSigned({ ...signed, invitation: { ...signed.invitation, ...change } })).toBe(false)
    }
  })
})

describe('checkAdmission', () => {
  const none: Ticket = { kind: 'none' }
  const roundOf = (commit: Hash) => (commit === recent ? 7 : commit === (task as Hash) ? 0 : undefined)
  const answer = (rules: Parameters<typeof rulesWith>[0], ticket: Ticket, context: Partial<AdmissionContext> = {}) => {
    const parsed = rulesWith(rules)
    return checkAdmission(
      { peer: peer(1), ticket },
      { task, rules: parsed, state: { ...initialReputation(parsed), round: 8 }, roundOf, ...context },
    )
  }
  const problem = (why: AdmissionProblem) => ({ problem: why })
  const byWork = { admission: { kind: 'work', bits: 8, freshRounds: 3 } }
  const byInvitation = {
    admission: { kind: 'invitation', inviters: [peer(50)], perInviter: 2 },
    institutions: [{ name: 'Clinic', inviters: [peer(60)], seats: 2, start: 800_000 }],
  }
  const invite = (seed: number, change: object = {}): Ticket => ({
    kind: 'invitation',
    ...signInvitation(identity(seed), { task, peer: peer(1), until: 9, ...change }),
  })

  it('lets anyone in where admission is free', () => {
    expect(answer({}, none)).toEqual({ admitted: { peer: peer(1) } })
  })

  it('lets in whoever has done the work, while its commit is recent', () => {
    const work: Ticket = { kind: 'work', work: findWork(challenge) }
    expect(answer(byWork, work)).toEqual({ admitted: { peer: peer(1) } })
    expect(answer(byWork, none)).toEqual(problem('work-needed'))
    expect(answer({ admission: { kind: 'work', bits: 24 } }, work)).toEqual(problem('work-missing'))
    const later = { ...initialReputation(rulesWith(byWork)), round: 11 }
    expect(answer(byWork, work, { state: later })).toEqual(problem('work-stale'))
    const elsewhere: Ticket = { kind: 'work', work: findWork({ ...challenge, recent: hash('of no commit') }) }
    expect(answer(byWork, elsewhere)).toEqual(problem('work-stale'))
  })

  it('lets in whom an inviter of the task names', () => {
    expect(answer(byInvitation, invite(50))).toEqual({ admitted: { peer: peer(1), inviter: peer(50) } })
    expect(answer(byInvitation, invite(60))).toEqual({ admitted: { peer: peer(1), inviter: peer(60) } })
    expect(answer(byInvitation, none)).toEqual(problem('invitation-needed'))
    expect(answer(byInvitation, invite(51))).toEqual(problem('inviter-unknown'))
    expect(answer(byInvitation, invite(50, { until: 8 }))).toEqual(problem('invitation-expired'))
    expect(answer(byInvitation, invite(50, { peer: peer(2) }))).toEqual(problem('invitation-for-another'))
    const forged = invite(51) as Extract<Ticket, { kind: 'invitation' }>
    const moved = { ...forged, invitation: { ...forged.invitation, inviter: peer(50) } }
    expect(answer(byInvitation, moved)).toEqual(problem('bad-signature'))
  })

  it('takes no more of an inviter or an institution than the task says, whoever left meanwhile', () => {
    const rules = rulesWith({ ...byInvitation, expireRounds: 4 })
    const guests = [peer(70), peer(71)].map((who) => ({ peer: who, inviter: peer(50) }))
    const staff = [peer(80), peer(81)].map((who) => ({ peer: who, inviter: peer(60) }))
    const quiet = Array.from({ length: 5 }, () => ({ accepted: [] }))
    const state = play(initialReputation(rules), rules, [{ admitted: [...guests, ...staff], accepted: [] }, ...quiet])
    expect(standingOf(state, peer(70))).toBeUndefined()
    expect(answer(byInvitation, invite(50), { state })).toEqual(problem('inviter-full'))
    expect(answer(byInvitation, invite(60), { state })).toEqual(problem('institution-full'))
    const more = { round: 7, admitted: [{ peer: peer(72), inviter: peer(50) }], accepted: [] }
    expect(() => applyEvidence(state, more, rules)).toThrow('inviter-full')
  })

  it('admits nobody twice', () => {
    const rules = rulesWith()
    const state = play(initialReputation(rules), rules, [{ accepted: [{ peer: peer(1), scores: GOOD }] }])
    expect(checkAdmission({ peer: peer(1), ticket: none }, { task, rules, state, roundOf })).toEqual(
      problem('already-admitted'),
    )
  })
})

describe('admission', () => {
  it('lets a newcomer wait, a founder not', () => {
    const rules = rulesWith()
    const state = play(initialReputation(rules), rules, [
      { accepted: [{ peer: peer(1), scores: GOOD }] },
      { accepted: [], admitted: [{ peer: peer(2) }] },
    ])
    expect(mayContribute(state, peer(1), rules)).toBe(true)
    const waits = [0, 1, 2, 3].map((rounds) => {
      const later = play(
        state,
        rules,
        Array.from({ length: rounds }, () => ({ accepted: [] })),
      )
      return mayContribute(later, peer(2), rules)
    })
    expect(waits).toEqual([false, false, false, true])
  })

  it('starts an institution’s peers where the task says, and after one fell no higher than that one', () => {
    const rules = rulesWith({
      foundingRounds: 9,
      admission: { kind: 'invitation' },
      institutions: [{ name: 'Clinic', inviters: [peer(60)], seats: 9, start: 800_000 }],
    })
    const admit = (seed: number) => ({ admitted: [{ peer: peer(seed), inviter: peer(60) }], accepted: [] })
    const first = play(initialReputation(rules), rules, [admit(80)])
    expect(weightOf(first, peer(80))).toBe(882)
    const fallen = play(first, rules, [
      { accepted: [], rejected: [{ peer: peer(80), reason: 'norm-exceeded' }] },
      admit(81),
    ])
    expect(standingOf(fallen, peer(81))!.quality).toBeLessThan(560_000)
    expect(standingOf(fallen, peer(81))!.quality).toBeGreaterThan(500_000)
  })

  it('gives an institution’s next peer no more influence than its others have, though they worked since it was frozen', () => {
    const rules = rulesWith({
      foundingRounds: 999,
      admission: { kind: 'invitation' },
      institutions: [{ name: 'Clinic', inviters: [peer(60)], seats: 9, start: 800_000 }],
    })
    const admit = (seed: number) => ({ admitted: [{ peer: peer(seed), inviter: peer(60) }], accepted: [] })
    const idle = Array.from({ length: 99 }, () => ({ accepted: [] }))
    const works = Array.from({ length: 3 }, () => ({ accepted: [{ peer: peer(80), scores: GOOD }] }))
    const state = play(initialReputation(rules), rules, [admit(80), ...idle, ...works, admit(81)])
    expect(state.round % rules.epochRounds).not.toBe(0)
    expect(standingOf(state, peer(81))!.quality).toBe(standingOf(state, peer(80))!.quality)
    expect(weightOf(state, peer(81))).toBe(weightOf(state, peer(80)))
  })

  it('never makes a state that is worth more for having been admitted twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), (rounds) => {
        const rules = rulesWith({ admission: { kind: 'work' } })
        const good = Array.from({ length: rounds }, () => ({ accepted: [{ peer: peer(1), scores: GOOD }] }))
        const start = [{ accepted: [], admitted: [{ peer: peer(1) }] }]
        const once = play(initialReputation(rules), rules, [...start, ...good, { accepted: [] }])
        const twice = play(initialReputation(rules), rules, [
          ...start,
          ...good,
          { accepted: [], admitted: [{ peer: peer(1) }] },
        ])
        expect(twice).toEqual(once)
      }),
      { numRuns: 10 },
    )
  })
})
