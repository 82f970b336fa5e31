/** What an enemy, or a bad moment, may not do to a seed. */
import { describe, expect, it } from 'vitest'
import { decodeCommit } from '../../peer-core/consensus/index.ts'
import { createIdentity, type Stores, seededRandom } from '../../peer-core/index.ts'
import { ConsensusLog } from '../../peer-core/peer/voting/log.ts'
import { openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import {
  controlTopic,
  floatsToBytes,
  limits,
  protocols,
  reputationRulesSchema,
  seal,
} from '../../peer-core/wire/index.ts'
import { createIntruder } from './intruder.ts'
import { commitsOf, createVillage, type Village } from './village.ts'

/** Stores whose append of round 3 does `bad` the first time. */
const failingAt3 =
  (bad: () => Promise<never>) =>
  (stores: Stores): Stores => {
    let failed = false
    const ledger = Object.create(stores.ledger) as Stores['ledger']
    ledger.append = async (commit) => {
      if (commit.round === 3 && !failed) {
        failed = true
        return bad()
      }
      return stores.ledger.append(commit)
    }
    return { ...stores, ledger }
  }

async function intruder(village: Village, name = 'enemy') {
  const random = seededRandom(name)
  const identity = createIdentity(Uint8Array.from({ length: 32 }, () => random.integer(256)))
  const network = village.mesh.join(identity.peerId)
  await village.clock.finish(network.start(), 5_000)
  const bad = createIntruder(identity, network, village.task, village.clock.now)
  await village.clock.advance(300)
  return bad
}

/** A name that costs nothing. */
const invented = (i: number) =>
  createIdentity(Uint8Array.from({ length: 32 }, (_, k) => (k < 2 ? (i >> (8 * k)) & 255 : 7)))

/** Contributions to the open round that nobody trained, each under a name of its own, whose deltas nobody has. */
async function flood(village: Village, count: number) {
  const bad = await intruder(village)
  const { task, clock } = village
  const told = { task, ...head(village), sequence: 1_000, bytes: 40, examples: 10, steps: 10, loss: 1, at: clock.now() }
  for (let i = 0; i < count; i++) {
    const identity = invented(i)
    const delta = i.toString(16).padStart(64, '0')
    const { bytes } = seal(identity, 'contribution', { ...told, peer: identity.peerId, delta })
    await bad.network.gossip.publish(controlTopic(task), bytes)
  }
}

const head = (village: Village) => {
  const { round, model } = village.seeds[0]!.peer.snapshot().tasks[0]!.rounds.at(-1)!
  return { round: round + 1, base: model }
}

describe('a seed', () => {
  it('commits a round whose first write failed', async () => {
    const seedStores = failingAt3(() => Promise.reject(new Error('disk full')))
    const village = await createVillage({ contributors: 2, msPerStep: 20, seedStores })
    await village.untilRound(5, 120_000)
    expect(commitsOf(village.seeds[0]!).map((commit) => commit.round)).toEqual([1, 2, 3, 4, 5])
  })

  it('killed between its signature and its commit puts the same body forward again', async () => {
    const seedStores = failingAt3(() => new Promise<never>(() => undefined))
    const village = await createVillage({ contributors: 2, msPerStep: 20, seedStores })
    const [seed] = village.seeds
    await village.untilRound(2, 60_000)
    await village.clock.advance(5_000)
    expect(commitsOf(seed!)).toHaveLength(2)
    const committed = await new ConsensusLog(openMemoryStores(seed!.disk).records, village.task)
      .read()
      .then((records) => records.flatMap((record) => (record.type === 'commit' ? [record.commit.body] : [])).at(-1))
    village.mesh.kill(seed!.identity.peerId)

    const returned = village.restart(seed!, { trains: false })
    const work = returned.peer.start().then(() => returned.peer.join(village.task))
    await village.clock.finish(work, 10_000)
    await village.clock.runUntil(() => commitsOf(returned).length >= 3, 120_000)
    expect(commitsOf(returned).map((commit) => commit.round)).toEqual([3, 4, 5])
    const stored = seed!.disk.commits.get(village.task)![2]!
    expect(decodeCommit(stored.bytes).body).toEqual(committed)
  })

  it('keeps its shards and models when a contribution names one of them', async () => {
    const village = await createVillage({ contributors: 2, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const bad = await intruder(village)
    const [seed] = village.seeds
    const { blob } = village.spec.data.train[0]!
    const { base } = head(village)
    await bad.offer(floatsToBytes(new Float32Array(10)), head(village), { delta: blob })
    await village.untilRound(3, 60_000)
    await bad.offer(floatsToBytes(new Float32Array(10)), head(village), { delta: head(village).base, sequence: 1 })
    await village.untilRound(6, 60_000)
    expect(seed!.disk.blobs.has(blob)).toBe(true)
    expect(seed!.disk.blobs.has(base)).toBe(false) // older than the models it keeps
    const rejected = commitsOf(seed!).flatMap((commit) => commit.rejected.filter((one) => one.peer === bad.id))
    expect(rejected.length).toBeGreaterThan(0)
    for (const { reason } of rejected) expect(reason).toBe('malformed')
  })

  it('commits although hundreds of invented peers say that they train', async () => {
    const village = await createVillage({ contributors: 2, msPerStep: 20 })
    await village.untilRound(1, 60_000)
    const bad = await intruder(village)
    for (let i = 0; i < 400; i++) {
      const presence = {
        task: village.task,
        at: village.clock.now(),
        status: 'training',
        round: 0,
        role: 'contributor',
      }
      const { bytes } = seal(invented(i), 'presence', { ...presence, engine: 'none', addresses: [] })
      await bad.network.gossip.publish(controlTopic(village.task), bytes)
    }
    const before = commitsOf(village.seeds[0]!).length
    await village.clock.runUntil(() => commitsOf(village.seeds[0]!).length >= before + 4, 120_000)
    for (const commit of commitsOf(village.seeds[0]!)) {
      expect(commit.rejected.length).toBeLessThanOrEqual(limits.rejectionsPerRound)
    }
  })

  it.each([
    ['that has rules of reputation', { reputation: reputationRulesSchema.parse({ foundingRounds: 3 }) }, 10_000],
    ['that is open to anyone', {}, 60_000],
  ])('commits a task %s although hundreds of names contribute nothing', async (_, rules, maxMs) => {
    const village = await createVillage({ contributors: 3, msPerStep: 50, task: (spec) => ({ ...spec, ...rules }) })
    await village.untilRound(3, 60_000)
    await flood(village, 400)
    const honest = village.contributors.map(({ identity }) => identity.peerId).sort()
    await village.untilRound(6, maxMs)
    for (const { round, contributors } of commitsOf(village.seeds[0]!)) {
      if (round > 3) expect([...contributors].sort()).toEqual(honest)
    }
  })

  it('serves a newcomer although enemies hold all its places', async () => {
    const village = await createVillage({ contributors: 1, msPerStep: 50 })
    await village.untilRound(1, 60_000)
    const seed = village.seeds[0]!.identity.peerId
    const options = { signal: new AbortController().signal, maxFrameBytes: limits.exchangeFrameBytes }
    for (let i = 0; i < 17; i++) {
      const bad = await intruder(village, `enemy ${i}`)
      for (let k = 0; k < 4; k++) {
        bad.network.streams.open(seed, protocols.exchange, options).catch(() => undefined)
      }
    }
    await village.clock.advance(500)
    const late = village.newcomer('late', { msPerStep: 50 })
    await village.start(late)
    const isIn = () => commitsOf(village.seeds[0]!).some((commit) => commit.contributors.includes(late.identity.peerId))
    // Within a round or two, long before the enemies are hung up on for asking for nothing.
    await village.clock.runUntil(isIn, 10_000)
    expect(isIn()).toBe(true)
  })
})
