import { describe, expect, it } from 'vitest'
import { verifyRun } from '../../peer-core/consensus/light-run.ts'
import { lightOptions } from '../../peer-core/consensus/light-verifier.ts'
import { task } from './cast.ts'
import { chain, cheapVerify, hour, realCommittee, start, trustedGenesis } from './ledger.ts'

const stable = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const honest = chain(100, () => stable)
const options = lightOptions({ task, verify: cheapVerify })
const now = start + 10 * hour
const head = trustedGenesis(stable)

describe('verifyRun', () => {
  it('takes the head by its certificate and the rest by their hashes', () => {
    const bare = honest.map((one, index) =>
      index === 99 ? one : { ...one, certificate: { ...one.certificate, entries: [] } },
    )
    expect(verifyRun(head, bare, now, options)).toMatchObject({ ok: true, head: { header: { height: 100 } } })
  })

  it('takes no commit with a false certificate in the middle where every certificate is to be checked', () => {
    const junk = honest.map((one, index) =>
      index === 5 ? { ...one, certificate: { ...one.certificate, entries: one.certificate.entries.slice(0, 2) } } : one,
    )
    expect(verifyRun(head, honest, now, options, true)).toMatchObject({ ok: true, head: { header: { height: 100 } } })
    expect(verifyRun(head, junk, now, options, true)).toMatchObject({ ok: false, fault: { code: 'NOT_ENOUGH_POWER' } })
  })

  it('refuses a run with a foreign commit in it', () => {
    const other = chain(100, () => stable, { result: (height) => `other ${height}` })
    const swapped = honest.map((one, index) => (index === 50 ? other[50]! : one))
    expect(verifyRun(head, swapped, now, options)).toMatchObject({ ok: false, fault: { code: 'WRONG_PARENT' } })
  })

  it('refuses a run that nobody signed, and one of another committee', () => {
    const forged = honest.map((one) => ({ ...one, certificate: { ...one.certificate, entries: [] } }))
    const other = chain(100, () => realCommittee({ 7: 1 }))
    for (const blocks of [forged, other]) expect(verifyRun(head, blocks, now, options).ok).toBe(false)
  })
})
