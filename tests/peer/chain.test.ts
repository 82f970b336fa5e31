import { describe, expect, it } from 'vitest'
import {
  type CommitBody,
  createCertificate,
  createCommittee,
  encode,
  encodeBody,
  signer,
  verifier,
} from '../../peer-core/consensus/index.ts'
import {
  createIdentity,
  type Hash,
  hour,
  sha256,
  type TaskId,
  verifySignature,
} from '../../peer-core/foundation/index.ts'
import { Chain } from '../../peer-core/peer/chain.ts'
import type { Commit } from '../../peer-core/peer/commit.ts'
import { Committees } from '../../peer-core/peer/committees.ts'
import { createMemoryDisk, type MemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { TaskSpec } from '../../peer-core/wire/index.ts'

const seeds = [1, 2, 3, 4].map((i) => createIdentity(new Uint8Array(32).fill(i)))
const committee = createCommittee(seeds.map(({ peerId }) => ({ peer: peerId, power: 1 })))
const task = '11'.repeat(32) as TaskId
const hash = (text: string) => sha256(new TextEncoder().encode(text))
const day = 24 * hour
const created = Date.UTC(2026, 0, 1)
const spec = { created, consensus: { trustingDays: 30 } } as TaskSpec

function open(options: { now?: number; disk?: MemoryDisk; isMember?: boolean } = {}) {
  const commits: Commit[] = []
  let checks = 0
  const verify = verifier(verifySignature)
  const chain = new Chain({
    ...{ task, spec, committees: new Committees(committee), genesis: hash('model 0') },
    verify(statement) {
      checks++
      return verify(statement)
    },
    ledger: openMemoryStores(options.disk).ledger,
    clock: createVirtualClock({ start: options.now ?? created + day }),
    isMember: () => options.isMember ?? false,
    onCommit: (commit) => commits.push(commit),
  })
  return { chain, commits, checks: () => checks }
}

/** Commits 1 … `length`, a minute apart. @param signers - of the last one */
function chainOf(length: number, signers = seeds, change: Partial<CommitBody> = {}): Uint8Array[] {
  const made: Uint8Array[] = []
  let parent: Hash = open().chain.head.hash
  for (let height = 1; height <= length; height++) {
    const last = height === length
    const body = encodeBody({
      ...{ task, height, round: height, time: created + height * 60_000, parent },
      ...{ base: hash(`model ${height - 1}`), contributions: [], rejected: [], weights: hash('weights') },
      aggregation: { pipeline: ['mean'], byzantineShare: 0.2, maxNorm: 1, outerLearningRate: 1 },
      ...{ result: hash(`model ${height}`), resultBytes: 4, evidence: [], scores: [], admitted: [] },
      ...{ committee: committee.hash, nextCommittee: committee.hash, elected: null },
      ...(last ? change : {}),
    })
    const value = sha256(body)
    const precommits = (last ? signers : seeds).map((identity) => {
      const vote = { type: 'precommit', task, height, round: 0, value, score: null, member: identity.peerId } as const
      return { ...vote, signature: signer(identity)(vote) }
    })
    made.push(encode({ body, certificate: createCertificate(committee, precommits) }))
    parent = value
  }
  return made
}

describe('Chain', () => {
  it('takes a run from the genesis on by the certificate of its last commit, a member by every one', async () => {
    const run = chainOf(20)
    const [newcomer, member] = [open(), open({ isMember: true })]
    expect(await newcomer.chain.extend(run)).toBe('extended')
    expect(await member.chain.extend(run)).toBe('extended')
    expect(newcomer.commits.map(({ body }) => body.height)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1))
    expect(newcomer.checks()).toBe(4)
    expect(member.checks()).toBeGreaterThanOrEqual(80)
    expect(await newcomer.chain.extend(run.slice(3))).toBe('known')
  })

  it('goes on where the ledger ends, and asks for what lies between', async () => {
    const run = chainOf(6)
    const disk = createMemoryDisk()
    await open({ disk }).chain.extend(run.slice(0, 3))
    const again = open({ disk })
    expect((await again.chain.open()).map(({ body }) => body.height)).toEqual([1, 2, 3])
    expect(await again.chain.extend(run.slice(4))).toBe('ahead')
    expect(await again.chain.extend(run.slice(2))).toBe('extended')
    expect(again.chain.head.round).toBe(6)
  })

  it.each<[string, Uint8Array[], string]>([
    ['too few signatures', chainOf(3, seeds.slice(0, 2)), 'NOT_ENOUGH_POWER'],
    ['a hole', chainOf(3).toSpliced(1, 1), 'BODY_MISMATCH'],
    ['a time to come', chainOf(3, seeds, { time: created + 2 * day }), 'FROM_THE_FUTURE'],
    ['a committee of its own', chainOf(3, seeds, { committee: hash('others') }), 'OTHER_COMMITTEE_NAMED'],
  ])('refuses %s, and keeps none of it', async (_, run, code) => {
    const { chain, commits } = open()
    await expect(chain.extend(run)).rejects.toThrow(code)
    expect(commits).toEqual([])
  })

  it('trusts a link for as long as the task says from when it was opened, and a stored commit from its time on', async () => {
    const run = chainOf(3)
    const disk = createMemoryDisk()
    const late = open({ now: created + 400 * day, disk })
    await late.chain.open()
    expect(await late.chain.extend(run.slice(0, 2))).toBe('extended')
    const again = open({ now: created + 400 * day, disk })
    await again.chain.open()
    await expect(again.chain.extend(run.slice(2))).rejects.toThrow('EXPIRED')
  })

  it('goes on after a pause of any length for a member, which voted itself', async () => {
    const run = chainOf(3)
    const disk = createMemoryDisk()
    await open({ disk }).chain.extend(run.slice(0, 2))
    const member = open({ now: created + 400 * day, disk, isMember: true })
    await member.chain.open()
    expect(await member.chain.extend(run.slice(2))).toBe('extended')
  })
})
