import { describe, expect, it } from 'vitest'
import type { Committee } from '../../peer-core/consensus/committee.ts'
import {
  bisect,
  compare,
  drive,
  equivocationsIn,
  type LightProvider,
  type Reached,
} from '../../peer-core/consensus/light-client.ts'
import { verifyRun } from '../../peer-core/consensus/light-run.ts'
import { type LightBlock, lightOptions, type Trusted } from '../../peer-core/consensus/light-verifier.ts'
import { signer, verifier } from '../../peer-core/consensus/messages.ts'
import { hexToBytes, sha256, utf8ToBytes } from '../../peer-core/foundation/hash.ts'
import { createIdentity, verifySignature } from '../../peer-core/foundation/identity.ts'
import { task } from './cast.ts'
import { block, chain, cheapVerify, counting, hour, realCommittee, realPeer, start, trustedGenesis } from './ledger.ts'

const stable = realCommittee({ 0: 1, 1: 1, 2: 1, 3: 1 })
const now = start + 24 * hour

function provider(blocks: readonly LightBlock[]): LightProvider & { asked: number[] } {
  const asked: number[] = []
  return {
    asked,
    lightBlock: async (height) => {
      asked.push(height)
      return blocks[height - 1]
    },
  }
}

/** One of four members is replaced at each border of `length` heights. */
function rotating(length: number): (height: number) => Committee {
  const made = new Map<number, Committee>()
  return (height) => {
    const epoch = Math.floor((height - 1) / length)
    const seats = [0, 1, 2, 3].map((seat) => [epoch + seat, 1])
    const committee = made.get(epoch) ?? realCommittee(Object.fromEntries(seats))
    made.set(epoch, committee)
    return committee
  }
}

function heights(reached: Reached): number[] {
  return reached.ok ? reached.trace.map(({ header }) => header.height) : []
}

describe('bisect', () => {
  it('verifies 1,000 commits of one committee by one certificate', async () => {
    const blocks = chain(1000, () => stable)
    const counted = counting(cheapVerify)
    const from = provider(blocks)
    const options = lightOptions({ task, verify: counted.verify })
    const reached = await drive(bisect(trustedGenesis(stable), 1000, now, options), from)
    expect(heights(reached)).toEqual([0, 1000])
    expect(from.asked).toEqual([1000])
    expect(counted.checks()).toBe(4)
  })

  it('verifies 1,000 commits by Ed25519, from a pinned checkpoint, with few signature checks', async () => {
    const identities = new Map(
      [0, 1, 2, 3].map((index) => {
        const identity = createIdentity(hexToBytes(sha256(utf8ToBytes(`peer ${index}`))))
        return [identity.peerId, identity] as const
      }),
    )
    const unsigned = chain(999, () => stable, { sign: () => new Uint8Array(64) })
    const parent = unsigned[998]!.certificate.value
    const sign = (statement: Parameters<ReturnType<typeof signer>>[0]) =>
      signer(identities.get(statement.member)!)(statement)
    const last = block({ height: 1000, parent, time: now - hour, committee: stable, sign })
    const counted = counting(verifier(verifySignature))
    const verdict = verifyRun(
      trustedGenesis(stable),
      [...unsigned, last],
      now,
      lightOptions({ task, verify: counted.verify }),
    )
    // The head by its certificate, the 999 below it by the chain of hashes.
    expect(verdict).toMatchObject({ ok: true, head: { header: { height: 1000 } } })
    expect(counted.checks()).toBe(4)
  })

  it('goes through blocks in between where the committee turned over', async () => {
    const committeeAt = rotating(10)
    const blocks = chain(200, committeeAt)
    const counted = counting(cheapVerify)
    const options = lightOptions({ task, verify: counted.verify, epochLength: 10 })
    const reached = await drive(bisect(trustedGenesis(committeeAt(1)), 200, now, options), provider(blocks))
    const steps = heights(reached)
    expect(steps.at(-1)).toBe(200)
    // Two of four are more than a third: no step crosses more than two borders.
    const borders = steps
      .slice(1)
      .map((height, index) => Math.floor((height - 1) / 10) - Math.floor((steps[index]! - 1) / 10))
    expect(Math.max(...borders.slice(1))).toBeLessThanOrEqual(2)
    expect(counted.checks()).toBeLessThan(200)
  })

  it('goes one by one where every committee is new', async () => {
    const committeeAt = (height: number) => realCommittee({ [height]: 1 })
    const blocks = chain(20, committeeAt)
    const options = lightOptions({ task, verify: cheapVerify })
    const reached = await drive(bisect(trustedGenesis(committeeAt(1)), 20, now, options), provider(blocks))
    expect(heights(reached)).toEqual(Array.from({ length: 21 }, (_, height) => height))
  })

  it('says which height is missing or wrong', async () => {
    const blocks = chain(20, rotating(2))
    const options = lightOptions({ task, verify: cheapVerify })
    const trusted = trustedGenesis(rotating(2)(1))
    const missing = blocks.map((one, index) => (index === 9 ? undefined : one)) as LightBlock[]
    expect(await drive(bisect(trusted, 20, now, options), provider(missing))).toEqual({
      ok: false,
      at: 10,
      fault: { code: 'NOT_PROVIDED' },
    })
    const swapped = blocks.map((one, index) => (index === 9 ? blocks[4]! : one))
    expect(await drive(bisect(trusted, 20, now, options), provider(swapped))).toMatchObject({ ok: false, at: 10 })
  })
})

describe('compare', () => {
  const honest = chain(40, () => stable)
  const options = lightOptions({ task, verify: cheapVerify })
  const forked = (from: number) =>
    chain(40, () => stable, { result: (height) => (height < from ? `model ${height}` : `forged ${height}`) })

  async function traced(): Promise<readonly Trusted[]> {
    const reached = await drive(bisect(trustedGenesis(stable), 40, now, options), provider(honest))
    if (!reached.ok) throw new Error('not reached')
    return reached.trace
  }

  it('agrees with a second provider of the same chain', async () => {
    expect(await drive(compare(await traced(), now, options), provider(honest))).toEqual({ outcome: 'agreed' })
  })

  it('finds a fork that is proven on both sides, and who signed both', async () => {
    const other = forked(30)
    const comparison = await drive(compare(await traced(), now, options), provider(other))
    expect(comparison).toMatchObject({
      outcome: 'fork',
      fork: { height: 40, values: [honest[39]!.certificate.value, other[39]!.certificate.value] },
    })
    const evidence = equivocationsIn(honest[39]!.certificate, other[39]!.certificate)
    expect(evidence).toHaveLength(4)
    expect(equivocationsIn(honest[39]!.certificate, honest[39]!.certificate)).toEqual([])
    expect(equivocationsIn(honest[39]!.certificate, { ...other[39]!.certificate, round: 3 })).toEqual([])
  })

  it('does not take a second provider that cannot prove its block for a fork', async () => {
    const unproven = forked(30).map((one) => ({ ...one, certificate: { ...one.certificate, entries: [] } }))
    expect(await drive(compare(await traced(), now, options), provider(unproven))).toMatchObject({
      outcome: 'unproven',
    })
    const strangers = chain(40, () => realCommittee({ 7: 1, 8: 1, 9: 1 }))
    expect(await drive(compare(await traced(), now, options), provider(strangers))).toMatchObject({
      outcome: 'unproven',
    })
  })

  it('says so when the second provider has nothing', async () => {
    expect(await drive(compare(await traced(), now, options), provider([]))).toEqual({ outcome: 'unanswered', at: 40 })
  })

  it('narrows a fork down to between the last shared and the first differing step', async () => {
    const committeeAt = rotating(5)
    const named = (from: number) => ({ result: (h: number) => (h < from ? `model ${h}` : `forged ${h}`) })
    const mine = chain(60, committeeAt)
    const theirs = chain(60, committeeAt, named(33))
    const reached = await drive(bisect(trustedGenesis(committeeAt(1)), 60, now, options), provider(mine))
    if (!reached.ok) throw new Error('not reached')
    const comparison = await drive(compare(reached.trace, now, options), provider(theirs))
    if (comparison.outcome !== 'fork') throw new Error(comparison.outcome)
    expect(comparison.fork.common.header.height).toBeLessThan(33)
    expect(comparison.fork.height).toBeGreaterThanOrEqual(33)
    expect(comparison.fork.common.committee.indexOf.has(realPeer(0))).toBe(false)
  })
})
