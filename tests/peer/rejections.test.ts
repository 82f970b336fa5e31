import { describe, expect, it } from 'vitest'
import { createIdentity, type Hash, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import type { Judged } from '../../peer-core/peer/deltas.ts'
import { Contradiction } from '../../peer-core/peer/voting/contradiction.ts'
import { checkRejected, type RejectionParts } from '../../peer-core/peer/voting/rejections.ts'
import type { Claim } from '../../peer-core/round/index.ts'
import type { Contribution, RejectionReason } from '../../peer-core/wire/index.ts'

const { peerId: peer } = createIdentity(new Uint8Array(32).fill(1))
const { peerId: proposer } = createIdentity(new Uint8Array(32).fill(2))
const hash = (text: string) => sha256(utf8ToBytes(text))
const good: Judged = { delta: new Float32Array(1) }
const nonFinite: Judged = { reason: 'non-finite', isProven: true }

/** A member that has heard a claim and judged it so. */
function member(judged: Judged, claimed: Partial<Contribution> = {}): { claim: Claim; parts: RejectionParts } {
  const contribution = { peer, round: 3, base: hash('base'), bytes: 40, ...claimed } as Contribution
  const claim = { id: hash('claim'), contribution }
  const deltas = { get: async () => judged } as unknown as RejectionParts['deltas']
  const models = { bytes: 40 } as RejectionParts['models']
  const claims = { find: (id: string) => (id === claim.id ? claim : undefined) }
  return { claim, parts: { deltas, models, claims } }
}

const bodyOf = (reason: RejectionReason, id?: Hash) => {
  return { round: 3, base: hash('base'), rejected: [{ peer, reason, ...(id === undefined ? {} : { id }) }] }
}

describe('checkRejected', () => {
  it.each<[RejectionReason, Judged, Partial<Contribution>]>([
    ['non-finite', nonFinite, {}],
    ['wrong-base', good, { base: hash('other') }],
    ['wrong-size', good, { bytes: 44 }],
  ])('passes %s of what is so', async (reason, judged, claimed) => {
    const { claim, parts } = member(judged, claimed)
    await checkRejected(bodyOf(reason, claim.id), parts, proposer)
  })

  it.each<[RejectionReason, Judged, Partial<Contribution>]>([
    ['non-finite', good, {}],
    ['wrong-base', good, {}],
    ['norm-exceeded', nonFinite, {}],
    ['non-finite', nonFinite, { round: 4 }],
  ])('finds a contradiction in %s of what is not so', async (reason, judged, claimed) => {
    const { claim, parts } = member(judged, claimed)
    await expect(checkRejected(bodyOf(reason, claim.id), parts, proposer)).rejects.toThrow(Contradiction)
  })

  it('leaves open what cannot be had', async () => {
    const { claim, parts } = member({ reason: 'unavailable', isProven: false })
    for (const id of [claim.id, hash('never heard of')]) {
      const refused = await checkRejected(bodyOf('non-finite', id), parts, proposer).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(Error)
      expect(refused).not.toBeInstanceOf(Contradiction)
    }
  })

  it('leaves open what its provider did to this member alone', async () => {
    const { claim, parts } = member({ reason: 'malformed', isProven: false })
    const refused = await checkRejected(bodyOf('non-finite', claim.id), parts, proposer).catch(
      (error: unknown) => error,
    )
    expect(refused).toBeInstanceOf(Error)
    expect(refused).not.toBeInstanceOf(Contradiction)
  })

  it('passes what its proposer alone has seen', async () => {
    for (const reason of ['malformed', 'silent'] as const) {
      await checkRejected(bodyOf(reason), member(good).parts, proposer)
    }
  })
})
