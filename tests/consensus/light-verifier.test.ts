import { describe, expect, it } from 'vitest'
import { createCertificate, precommitOf } from '../../peer-core/consensus/certificate.ts'
import {
  type LightBlock,
  type LightOptions,
  lightOptions,
  readBlock,
  trustGenesis,
  verifyLight,
} from '../../peer-core/consensus/light-verifier.ts'
import { sha256, utf8ToBytes } from '../../peer-core/foundation/hash.ts'
import type { TaskId } from '../../peer-core/foundation/ids.ts'
import { genesis, task } from './cast.ts'
import {
  type BlockOptions,
  block,
  cheapSign,
  cheapVerify,
  counting,
  hour,
  realCommittee,
  realPeer,
  start,
} from './ledger.ts'

// The cases of CometBFT's light/verifier_test.go: powers 20, 30, 40, 50, the last three hold more than two thirds.
const committee = realCommittee({ 0: 20, 1: 30, 2: 40, 3: 50 })
const options = lightOptions({ task, verify: cheapVerify, trustingPeriod: 3 * hour, clockDrift: 10_000 })
const first = block({ height: 1, time: start, committee })
const trusted = trustGenesisBlock(first)
const now = start + 2 * hour

function trustGenesisBlock(at: LightBlock) {
  const pinned = readBlock(at, options)
  if (!pinned.ok) throw new Error(pinned.fault.code)
  return pinned.trusted
}

function verify(block: LightBlock, more: Partial<LightOptions> = {}, at = now) {
  const verdict = verifyLight(trusted, block, at, { ...options, ...more })
  return verdict.ok ? 'ok' : verdict.fault
}

const second = (more: Partial<BlockOptions> = {}) =>
  block({ height: 2, time: start + hour, parent: trusted.value, committee, ...more })

describe('verifyLight, adjacent (TestVerifyAdjacentHeaders)', () => {
  it('#0 refuses the same block again', () => {
    expect(verify(first)).toEqual({ code: 'NOT_LATER', trusted: 1, actual: 1 })
  })

  it('#1 refuses a block of another chain', () => {
    const other = sha256(utf8ToBytes('another task')) as TaskId
    expect(verify(second({ task: other }))).toEqual({ code: 'WRONG_TASK', actual: other })
  })

  it('#2 refuses a time before the trusted one', () => {
    expect(verify(second({ time: start - hour }))).toMatchObject({ code: 'TIME_NOT_AFTER' })
    expect(verify(second({ time: start }))).toMatchObject({ code: 'TIME_NOT_AFTER' })
  })

  it('#3 refuses a time from the future', () => {
    expect(verify(second({ time: start + 3 * hour }))).toMatchObject({ code: 'FROM_THE_FUTURE' })
  })

  it('#4 takes a time from the future within the clock drift', () => {
    expect(verify(second({ time: now + 10_000 - 1 }))).toBe('ok')
    expect(verify(second({ time: now + 10_000 }))).toMatchObject({ code: 'FROM_THE_FUTURE' })
  })

  it('#5 takes a block that all signed', () => {
    expect(verify(second())).toBe('ok')
  })

  it('#6 takes a block that more than two thirds signed', () => {
    expect(verify(second({ signers: [1, 2, 3] }))).toBe('ok')
  })

  it('#7 refuses a block that a third signed (Got 50, Needed 93)', () => {
    expect(verify(second({ signers: [3] }))).toEqual({ code: 'NOT_ENOUGH_POWER', got: 50, needed: 93 })
  })

  it('refuses exactly two thirds', () => {
    const thirds = realCommittee({ 0: 1, 1: 1, 2: 1 })
    const verdict = verifyLight(
      trustGenesis(task, genesis, thirds, start),
      block({ committee: thirds, signers: [0, 1] }),
      now,
      options,
    )
    expect(verdict).toEqual({ ok: false, fault: { code: 'NOT_ENOUGH_POWER', got: 2, needed: 2 } })
  })

  it('#8 refuses a committee that the trusted block did not announce', () => {
    expect(verify(second({ committee: realCommittee({ 0: 10, 1: 9, 2: 8, 3: 7 }) }))).toMatchObject({
      code: 'UNANNOUNCED_COMMITTEE',
    })
  })

  it('#9 refuses a committee that is not the one the block names', () => {
    const supplied = { ...second(), committee: realCommittee({ 0: 10, 1: 9, 2: 8, 3: 7 }) }
    expect(verify(supplied)).toMatchObject({ code: 'OTHER_COMMITTEE_NAMED' })
  })

  it('#10 refuses to go on from an expired block', () => {
    expect(verify(second(), { trustingPeriod: hour }, start + hour)).toMatchObject({ code: 'EXPIRED' })
  })

  it('refuses a block that does not follow on the trusted one', () => {
    expect(verify(second({ parent: genesis }))).toMatchObject({ code: 'WRONG_PARENT' })
  })
})

describe('verifyLight, skipping (TestVerifyNonAdjacentHeaders)', () => {
  const later = (height: number, more: Partial<BlockOptions> = {}) => second({ height, parent: genesis, ...more })

  it('#0 takes a block that all of an unchanged committee signed', () => {
    expect(verify(later(3))).toBe('ok')
  })

  it('#1 takes one that more than two thirds of it signed', () => {
    expect(verify(later(4, { signers: [1, 2, 3] }))).toBe('ok')
  })

  it('#2 refuses one that a third of the new committee signed (Got 50, Needed 93)', () => {
    expect(verify(later(5, { signers: [3] }))).toEqual({ code: 'NOT_ENOUGH_POWER', got: 50, needed: 93 })
  })

  it('#3 takes a new committee that holds two thirds of the old one', () => {
    expect(verify(later(5, { committee: realCommittee({ 1: 30, 2: 40, 3: 50 }) }))).toBe('ok')
  })

  it('#4 takes a new committee that holds more than a third of the old one', () => {
    expect(verify(later(5, { committee: realCommittee({ 3: 50 }) }))).toBe('ok')
  })

  it('#5 refuses a new committee that holds less (Got 20, Needed 46)', () => {
    expect(verify(later(5, { committee: realCommittee({ 0: 20 }) }))).toEqual({
      code: 'NOT_ENOUGH_TRUST',
      got: 20,
      needed: 46,
    })
  })
})

describe('verifyLight, attacks', () => {
  it('does not count nil votes', () => {
    const good = second()
    const nil = good.certificate.entries.map((entry) => {
      const vote = { ...precommitOf(good.certificate, entry), value: null }
      return { ...entry, signature: cheapSign(vote) }
    })
    expect(verify({ ...good, certificate: { ...good.certificate, entries: nil } })).toMatchObject({
      code: 'BAD_SIGNATURE',
    })
  })

  it('does not count a signer twice', () => {
    const few = second({ signers: [3] })
    const [entry] = few.certificate.entries
    const certificate = { ...few.certificate, entries: [entry!, entry!] }
    expect(verify({ ...few, certificate })).toEqual({ code: 'SIGNED_TWICE', member: realPeer(3) })
    const skipped = second({ height: 5, signers: [0] })
    const [only] = skipped.certificate.entries
    expect(verify({ ...skipped, certificate: { ...skipped.certificate, entries: [only!, only!, only!] } })).toEqual({
      code: 'SIGNED_TWICE',
      member: realPeer(0),
    })
  })

  it('refuses a certificate with one false signature or one stranger, even above the quorum', () => {
    const good = second()
    const [head, ...rest] = good.certificate.entries
    const forged = { ...head!, signature: rest[0]!.signature }
    expect(verify({ ...good, certificate: { ...good.certificate, entries: [forged, ...rest] } })).toMatchObject({
      code: 'BAD_SIGNATURE',
    })
    const stranger = { ...head!, member: realPeer(9) }
    expect(verify({ ...good, certificate: { ...good.certificate, entries: [...rest, stranger] } })).toEqual({
      code: 'NOT_A_MEMBER',
      member: realPeer(9),
    })
  })

  it('refuses signatures for another round, height or kind', () => {
    const good = second()
    for (const change of [{ round: 1 }, { type: 'prevote' as const }]) {
      const votes = good.certificate.entries.map((entry) => {
        const vote = { ...precommitOf(good.certificate, entry), ...change }
        return { ...precommitOf(good.certificate, entry), signature: cheapSign(vote) }
      })
      expect(verify({ ...good, certificate: createCertificate(committee, votes) })).toMatchObject({
        code: 'BAD_SIGNATURE',
      })
    }
  })

  it('refuses a certificate that names another committee, height or task than the body', () => {
    const good = second()
    const change = (more: object) => verify({ ...good, certificate: { ...good.certificate, ...more } })
    expect(change({ committee: genesis })).toMatchObject({ code: 'OTHER_COMMITTEE' })
    expect(change({ height: 3 })).toEqual({ code: 'BODY_MISMATCH' })
    const other = sha256(utf8ToBytes('another task')) as TaskId
    expect(change({ task: other })).toEqual({ code: 'WRONG_TASK', actual: other })
    const foreign = second({ task: other })
    expect(verify({ ...foreign, certificate: { ...foreign.certificate, task } })).toEqual({
      code: 'WRONG_TASK',
      actual: other,
    })
  })

  it('refuses a certificate beside another body', () => {
    expect(verify({ ...second(), body: second({ result: 'other' }).body })).toEqual({ code: 'BODY_MISMATCH' })
    expect(verify({ ...second(), body: utf8ToBytes('garbage') })).toEqual({ code: 'UNREADABLE' })
  })

  it('refuses a committee that changes within an epoch, and takes it at the border', () => {
    const next = realCommittee({ 1: 1, 2: 1, 3: 1 })
    expect(verify(second({ next }), { epochLength: 10 })).toEqual({ code: 'CHANGED_WITHIN_EPOCH', height: 2 })
    expect(verify(second({ next }), { epochLength: 2 })).toBe('ok')
  })

  it('checks no signature of a certificate that cannot suffice, and each signature once', () => {
    const counted = counting(cheapVerify)
    verify(second({ signers: [3] }), counted)
    expect(counted.checks()).toBe(0)
    verify(second({ height: 7 }), counted)
    expect(counted.checks()).toBe(4)
  })
})

describe('lightOptions', () => {
  it.each([
    [1, 1],
    [1, 3],
    [2, 3],
    [4, 5],
  ])('takes a trust level of %i/%i', (numerator, denominator) => {
    expect(lightOptions({ task, verify: cheapVerify, trustLevel: { numerator, denominator } }).task).toBe(task)
  })

  it.each([
    [6, 5],
    [0, 1],
    [0, 0],
    [1, 0],
    [1, 4],
  ])('refuses a trust level of %i/%i', (numerator, denominator) => {
    expect(() => lightOptions({ task, verify: cheapVerify, trustLevel: { numerator, denominator } })).toThrow(
      RangeError,
    )
  })
})
