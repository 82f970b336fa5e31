import { describe, expect, it } from 'vitest'
import { lightOptions } from '../../peer-core/consensus/light-verifier.ts'
import { verifyRun } from '../../peer-core/consensus/verify-run.ts'
import { task } from './cast.ts'
import { chain, cheapVerify, hour, realCommittee, start, trustedGenesis } from './ledger.ts'

const stable = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const honest = chain(100, () => stable)
const options = lightOptions({ task, verify: cheapVerify })
const now = start + 10 * hour

describe('verifyRun', () => {
  const head = trustedGenesis(stable)

  it('takes the head by its certificate and the rest by their hashes', () => {
    const bare = honest.map((one, index) =>
      index === 99 ? one : { ...one, certificate: { ...one.certificate, entries: [] } },
    )
    expect(verifyRun(head, bare, now, options)).toMatchObject({ ok: true, head: { header: { height: 100 } } })
    expect(verifyRun(head, bare, now, options, true)).toMatchObject({ ok: false })
  })

  it('refuses a run with a foreign commit in it', () => {
    const other = chain(100, () => stable, { result: (height) => `other ${height}` })
    const swapped = honest.map((one, index) => (index === 50 ? other[50]! : one))
    expect(verifyRun(head, swapped, now, options)).toMatchObject({ ok: false, fault: { code: 'WRONG_PARENT' } })
  })
})
