import { describe, expect, it } from 'vitest'
import { createIdentity, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { type OmissionParts, omissionIn } from '../../peer-core/peer/voting/omissions.ts'
import type { Claim } from '../../peer-core/round/index.ts'
import type { Accepted, Contribution, Rejected } from '../../peer-core/wire/index.ts'

const peers = Array.from({ length: 10 }, (_, i) => createIdentity(new Uint8Array(32).fill(i + 1)).peerId)
const phantom = createIdentity(new Uint8Array(32).fill(99)).peerId
const id = sha256(utf8ToBytes('claim'))
const verified = peers.map((peer): Claim => ({ id, contribution: { peer } as Contribution }))
const taking = (count: number) => peers.slice(0, count).map((peer) => ({ peer, weight: 500 }) as Accepted)
const leftOut = (reason: Rejected['reason'], from: number) => peers.slice(from).map((peer) => ({ peer, reason }))

const rules: OmissionParts = {
  byzantineShare: 0.2,
  minimumContributions: 3,
  verified,
  weightOf: () => 500,
  chosen: (delivered) => delivered,
  isHarmful: async () => true,
}
const omission = (contributions: Accepted[], rejected: Rejected[] = [], more: Partial<OmissionParts> = {}) =>
  omissionIn({ contributions, rejected }, { ...rules, ...more })

describe('omissionIn', () => {
  it('lets a member miss what may be false, and no more', async () => {
    expect(await omission(taking(10))).toBeUndefined()
    expect(await omission(taking(8))).toBeUndefined()
    expect(await omission(taking(7))).toMatch(/leaves out 2 or more/)
  })

  it.each(['silent', 'unavailable', 'malformed', 'wrong-hash'] as const)(
    'takes no “%s” for a reason',
    async (reason) => {
      expect(await omission(taking(4), leftOut(reason, 4))).toMatch(/leaves out/)
      expect(await omission(taking(9), leftOut(reason, 9))).toBeUndefined()
    },
  )

  it('has nothing to say of what is not held here, or proven bad', async () => {
    expect(await omission(taking(4), [], { verified: verified.slice(0, 4) })).toBeUndefined()
    const proven = leftOut('non-finite', 4).map((one) => ({ ...one, id }))
    expect(await omission(taking(4), proven)).toBeUndefined()
  })

  it('draws the lot again among those who are known to have delivered', async () => {
    // A group of two at most, of whom the later ones are drawn out.
    const chosen = (delivered: readonly Accepted['peer'][]) => delivered.slice(0, 2)
    const drawnOut = leftOut('newcomer-share', 2)
    expect(await omission(taking(2), drawnOut, { chosen })).toBeUndefined()
    const instead = [{ peer: phantom, weight: 500 } as Accepted]
    const inOrder = (delivered: readonly Accepted['peer'][]) => chosen([...delivered].sort())
    expect(await omission(instead, leftOut('newcomer-share', 0), { chosen: inOrder })).toMatch(/leaves out/)
  })

  it('does not weigh those for whom there is no room against those who are missing', async () => {
    // Without seven of ten proven peers the newcomers' share binds nobody.
    const newcomers = Array.from({ length: 50 }, (_, i) => ({ peer: `${phantom}${i}` as typeof phantom, weight: 500 }))
    const chosen = (delivered: readonly Accepted['peer'][]) => delivered.filter((peer) => peers.includes(peer))
    expect(await omission([...taking(3), ...(newcomers as Accepted[])], [], { chosen })).toMatch(/leaves out/)
  })

  it('lets a round be of nothing but admissions while too few are known to have delivered', async () => {
    expect(await omission([], [], { verified: verified.slice(0, 2) })).toBeUndefined()
    expect(await omission([], [], { verified: verified.slice(0, 3) })).toMatch(/too few/)
  })

  it('counts nobody as delivered by name alone', async () => {
    const nobody = { verified: verified.slice(0, 1) }
    expect(await omission(taking(1), leftOut('newcomer-share', 1), nobody)).toMatch(/too few/)
    const chosen = () => peers.slice(0, 1)
    expect(await omission(taking(1), leftOut('newcomer-share', 1), { chosen })).toBeUndefined()
  })

  it('tries what is called harmful, until it is clear', async () => {
    const tried: string[] = []
    const isHarmful = async ({ contribution }: Claim) => tried.push(contribution.peer) < 0
    expect(await omission(taking(5), leftOut('harmful', 5), { isHarmful })).toMatch(/leaves out/)
    expect(tried).toHaveLength(2)
    expect(await omission(taking(5), leftOut('harmful', 5))).toBeUndefined()
  })
})
