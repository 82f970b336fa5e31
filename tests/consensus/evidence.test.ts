import { describe, expect, it } from 'vitest'
import { createCertificate } from '../../peer-core/consensus/certificate.ts'
import { accusedOf, type Evidence, judge, offenceKey, scoresIn } from '../../peer-core/consensus/evidence.ts'
import {
  addEvidence,
  commitEvidence,
  emptyPool,
  evidenceHash,
  maxEvidenceAge,
} from '../../peer-core/consensus/evidence-pool.ts'
import { headerOf, type UnsignedVote, type Vote } from '../../peer-core/consensus/messages.ts'
import type { Verdict } from '../../peer-core/consensus/state.ts'
import type { Hash, TaskId } from '../../peer-core/foundation/ids.ts'
import { body, genesis, task, value } from './cast.ts'
import { cheapSign, cheapVerify, realCommittee, realPeer } from './ledger.ts'

const recomputed = (hash: Hash): Verdict => (hash === value('bad') ? 'invalid' : 'valid')

function signed(more: Partial<UnsignedVote> = {}): Vote {
  const unsigned = {
    type: 'prevote',
    task,
    height: 5,
    round: 0,
    value: value('A'),
    score: null,
    member: realPeer(1),
    ...more,
  }
  return { ...(unsigned as UnsignedVote), signature: cheapSign(unsigned as UnsignedVote) }
}
function proposed(name: string) {
  const place = { task, height: 5, round: 0, validRound: -1, time: 0, member: realPeer(2) }
  const unsigned = { type: 'proposal', ...place, value: value(name) } as const
  return headerOf({ ...unsigned, signature: cheapSign(unsigned), body: body(name) })
}
const verdict = (evidence: Evidence) => judge(evidence, cheapVerify, recomputed)

describe('judge', () => {
  const equivocation = (second: Vote): Evidence => ({ type: 'equivocation', first: signed(), second })

  it('takes two votes or proposals of one place for different values as proof', () => {
    expect(verdict(equivocation(signed({ value: value('B') })))).toBe('proven')
    expect(verdict(equivocation(signed({ value: null })))).toBe('proven')
    expect(verdict({ type: 'equivocation', first: proposed('A'), second: proposed('B') })).toBe('proven')
  })

  it.each([
    ['the same value', {}],
    ['another round', { round: 1, value: null }],
    ['another height', { height: 6, value: null }],
    ['another kind', { type: 'precommit', value: null }],
    ['another member', { member: realPeer(3), value: null }],
    ['another task', { task: genesis as string as TaskId, value: null }],
  ] satisfies [string, Partial<UnsignedVote>][])('refuses two votes with %s', (_, more) => {
    expect(verdict(equivocation(signed(more)))).toBe('refuted')
  })

  it('refuses a forged signature, on either side', () => {
    const forged = { ...signed({ value: null }), member: realPeer(1), signature: new Uint8Array(64) }
    expect(verdict(equivocation(forged))).toBe('refuted')
    expect(verdict({ type: 'equivocation', first: forged, second: signed() })).toBe('refuted')
  })

  it('proves a proposal and a vote by recomputing their body', () => {
    expect(verdict({ type: 'invalid-proposal', proposal: proposed('bad') })).toBe('proven')
    expect(verdict({ type: 'wrong-vote', vote: signed({ value: value('bad') }) })).toBe('proven')
    expect(verdict({ type: 'wrong-vote', vote: signed() })).toBe('refuted')
    const wrong: Evidence = { type: 'wrong-vote', vote: signed({ value: value('bad') }) }
    expect(judge(wrong, cheapVerify, () => 'pending')).toBe('pending')
  })

  it('does not blame a vote for nothing, nor take a prevote for a score', () => {
    expect(verdict({ type: 'wrong-vote', vote: signed({ value: null }) })).toBe('refuted')
    const score = { before: 1, after: 2, examples: 3 }
    expect(verdict({ type: 'score', vote: signed({ type: 'precommit', score }) })).toBe('proven')
    expect(verdict({ type: 'score', vote: signed({ score }) })).toBe('refuted')
    expect(verdict({ type: 'score', vote: signed({ type: 'precommit' }) })).toBe('refuted')
  })
})

describe('scoresIn', () => {
  it('takes the scores out of a certificate', () => {
    const committee = realCommittee({ 1: 1, 2: 1, 3: 1, 4: 1 })
    const score = { before: 1, after: 2, examples: 3 }
    const precommits = [1, 2, 3].map((index) =>
      signed({ type: 'precommit', member: realPeer(index), score: index === 2 ? score : null }),
    )
    const certificate = createCertificate(committee, precommits)
    const scores = scoresIn(certificate)
    expect(scores).toEqual([{ type: 'score', vote: precommits[1] }])
    expect(scores.map(verdict)).toEqual(['proven'])
  })
})

describe('the evidence pool', () => {
  const evidence = (more: Partial<UnsignedVote> = {}): Evidence => ({
    type: 'equivocation',
    first: signed(more),
    second: signed({ ...more, value: value('B') }),
  })

  it('holds an offence until a commit names it, and then never again', () => {
    const one = evidence()
    let pool = addEvidence(emptyPool, one, 6)
    expect([...pool.pending.keys()]).toEqual([evidenceHash(one)])
    pool = commitEvidence(pool, [one], 7)
    expect([...pool.pending.keys()]).toEqual([])
    expect(addEvidence(pool, one, 8).pending.size).toBe(0)
  })

  it('takes an offence once, in whatever order it is shown', () => {
    const { first, second } = evidence() as Extract<Evidence, { type: 'equivocation' }> & { first: Vote; second: Vote }
    const pool = addEvidence(
      addEvidence(emptyPool, evidence(), 6),
      { type: 'equivocation', first: second, second: first },
      6,
    )
    expect(pool.pending.size).toBe(1)
  })

  it('lets go of what is too old and takes nothing from the future', () => {
    const pool = addEvidence(emptyPool, evidence(), 6)
    expect(commitEvidence(pool, [], 5 + maxEvidenceAge).pending.size).toBe(1)
    expect(commitEvidence(pool, [], 6 + maxEvidenceAge).pending.size).toBe(0)
    expect(addEvidence(emptyPool, evidence(), 6 + maxEvidenceAge).pending.size).toBe(0)
    expect(addEvidence(emptyPool, evidence(), 4).pending.size).toBe(0)
  })

  it('is not filled by one member', () => {
    let pool = emptyPool
    for (let round = 0; round < 100; round++) pool = addEvidence(pool, evidence({ round }), 6)
    expect(pool.pending.size).toBeLessThan(10)
    pool = addEvidence(pool, evidence({ member: realPeer(4) }), 6)
    expect([...pool.pending.values()].map(accusedOf)).toContain(realPeer(4))
  })

  it('names offences apart by kind, place and member', () => {
    const keys = [
      evidence(),
      evidence({ round: 1 }),
      evidence({ type: 'precommit' }),
      evidence({ member: realPeer(3) }),
    ]
    expect(new Set(keys.map(offenceKey)).size).toBe(4)
  })
})
