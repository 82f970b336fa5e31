import { describe, expect, it } from 'vitest'
import { createIdentity, type PeerId, seededRandom } from '../../peer-core/index.ts'
import { initialWeights } from '../../peer-core/learning/index.ts'
import { type Contribution, controlTopic, cutBlob, floatsToBytes, protocols } from '../../peer-core/wire/index.ts'
import { createIntruder } from './intruder.ts'
import { commitsOf, createVillage, type Village } from './village.ts'

async function intruder(village: Village) {
  const random = seededRandom('intruder')
  const identity = createIdentity(Uint8Array.from({ length: 32 }, () => random.integer(256)))
  const network = village.mesh.join(identity.peerId)
  await village.clock.finish(network.start(), 5_000)
  const bad = createIntruder(identity, network, village.task, village.clock.now)
  // Connections and their subscriptions take a moment.
  await village.clock.advance(300)
  return {
    ...bad,
    offer(bytes: Uint8Array, change?: Partial<Contribution>) {
      const last = village.seeds[0]!.peer.snapshot().tasks[0]!.rounds.at(-1)
      return bad.offer(bytes, { round: (last?.round ?? 0) + 1, base: last?.model ?? genesis(village) }, change)
    },
  }
}

/** The seeds are up, nobody else trains: the round stays open until the intruder and one honest peer had their say. */
async function village(): Promise<Village> {
  return createVillage({ contributors: 2, msPerStep: 100 })
}

function genesis(village: Village) {
  return cutBlob(floatsToBytes(initialWeights(village.spec.model, village.spec.seed))).id
}

const parameters = 10

async function rejectionOf(village: Village, peer: PeerId, rounds = 3) {
  await village.untilRound(rounds, 120_000)
  const commits = commitsOf(village.seeds[0]!)
  for (const commit of commits) {
    expect(commit.ms).toBeLessThan(village.spec.round.deadlineMs + 2_500)
    expect(commit.contributors).not.toContain(peer)
    expect(commit.contributors.length).toBeGreaterThanOrEqual(1)
  }
  return commits.flatMap((commit) => commit.rejected.filter((one) => one.peer === peer).map((one) => one.reason))
}

describe('a round', () => {
  it('commits without a peer that says nothing, and waits for it ever more rarely', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    const beat = () => {
      void bad.present('training')
      here.clock.after(4_000, beat)
    }
    here.clock.after(4_000, beat)
    const reasons = await rejectionOf(here, bad.id, 10)
    expect(reasons.length).toBeGreaterThan(2)
    expect(new Set(reasons)).toEqual(new Set(['silent']))
    const long = commitsOf(here.seeds[0]!).filter((commit) => commit.ms >= here.spec.round.deadlineMs)
    expect(long.map(({ round }) => round)).toEqual([1, 3, 6])
  })

  it('waits again for a slow peer that missed one', async () => {
    const here = await createVillage({ contributors: 2, msPerStep: 5 })
    const slow = here.newcomer('slow', { msPerStep: 100 })
    await here.start(slow)
    const { peerId } = slow.identity
    const took = () => commitsOf(here.seeds[0]!).filter(({ contributors }) => contributors.includes(peerId)).length
    await here.clock.runUntil(() => took() > 0, 60_000)
    here.mesh.partition([[peerId], [...here.seeds, ...here.contributors].map(({ identity }) => identity.peerId)])
    const missed = commitsOf(here.seeds[0]!).length + 1
    await here.untilRound(missed, 60_000)
    here.mesh.heal()
    const before = took()
    await here.clock.runUntil(() => took() > before + 3, 60_000)
  })

  it('commits without a peer that leaves', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    await here.clock.advance(500)
    await bad.present('leaving')
    expect(await rejectionOf(here, bad.id)).toContain('left')
  })

  it('commits without a peer that dies without a word', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    await here.clock.advance(500)
    here.mesh.kill(bad.id)
    expect((await rejectionOf(here, bad.id))[0]).toMatch(/left|silent/)
  })

  it.each([
    ['NaN', new Float32Array(parameters).fill(Number.NaN), {}, 'non-finite'],
    ['infinity', new Float32Array(parameters).fill(Number.POSITIVE_INFINITY), {}, 'non-finite'],
    ['a wrong shape', new Float32Array(parameters + 3), {}, 'wrong-size'],
    ['a lie about its shape', new Float32Array(parameters + 3), { bytes: 4 * parameters }, 'wrong-size'],
    ['10 MB of noise', new Float32Array(2_621_440).fill(3), {}, 'wrong-size'],
    ['10 MB announced as less', new Float32Array(2_621_440).fill(3), { bytes: 4 * parameters }, 'wrong-size'],
    ['an enormous delta', new Float32Array(parameters).fill(1e6), {}, 'norm-exceeded'],
    ['another base model', new Float32Array(parameters), { base: 'ab'.repeat(32) }, 'wrong-base'],
  ] as const)('commits without a peer that sends %s', async (_, delta, change, reason) => {
    const here = await village()
    const bad = await intruder(here)
    await bad.offer(floatsToBytes(delta), change as Partial<Contribution>)
    expect(await rejectionOf(here, bad.id)).toEqual([reason])
  })

  it('commits without a peer that announces bytes it does not hand over', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.offer(floatsToBytes(new Float32Array(parameters)))
    bad.served.clear()
    expect(await rejectionOf(here, bad.id)).toEqual(['unavailable'])
  })

  it('commits without a peer that hands over other bytes than it announced', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    await bad.offer(floatsToBytes(new Float32Array(parameters)))
    for (const hash of bad.served.keys()) bad.served.set(hash, new Uint8Array(40))
    expect((await rejectionOf(here, bad.id))[0]).toBe('wrong-hash')
  })

  it.each([
    ['exchange', protocols.exchange],
    ['sync', protocols.sync],
    ['consensus', protocols.consensus],
  ])('commits without a peer that sends garbage frames on %s', async (_, protocol) => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    await here.clock.advance(200)
    await here.clock.finish(bad.garbage(here.seeds[0]!.identity.peerId, protocol), 5_000)
    expect((await rejectionOf(here, bad.id))[0]).toBe('malformed')
  })

  it('refuses gossip that is no message before it is forwarded', async () => {
    const here = await village()
    const bad = await intruder(here)
    await bad.present('training')
    await here.clock.advance(200)
    await bad.network.gossip.publish(controlTopic(here.task), Uint8Array.of(1, 2, 3))
    expect((await rejectionOf(here, bad.id))[0]).toBe('malformed')
  })
})
