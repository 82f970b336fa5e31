import { describe, expect, it } from 'vitest'
import { aggregateHere } from '../../peer-core/aggregation/index.ts'
import { createIdentity, createPeer, type Network, realClock, seededRandom } from '../../peer-core/index.ts'
import type { Predictor } from '../../peer-core/learning/predictor.ts'
import { closedFormTrainer } from '../../peer-core/testing/closed-form-trainer.ts'
import { createMemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { type PeerParts, startPeer } from '../../web/start-peer.ts'
import { spec } from './fake-peer.ts'

async function seedAndTab() {
  const mesh = createMemoryMesh({ clock: realClock, random: seededRandom(1), latencyMs: 0 })
  const identity = createIdentity()
  const seed = createPeer({
    identity,
    network: mesh.join(identity.peerId),
    stores: openMemoryStores(),
    clock: realClock,
    random: seededRandom(2),
  })
  await seed.start()
  const task = await seed.publish({ ...spec, committee: [{ peer: identity.peerId, power: 1 }] })

  const disk = createMemoryDisk()
  const steps: string[] = []
  const closed: string[] = []
  const asked: string[] = []
  const trains: (string | undefined)[] = []
  const parts: PeerParts = {
    findSeed: async () => ({
      peerId: identity.peerId,
      multiaddrs: [`/memory/1/p2p/${identity.peerId}`],
      tasks: [{ id: task, spec }],
    }),
    async openStores() {
      const stores = openMemoryStores(disk)
      return { ...stores, close: async () => void closed.push('stores') }
    },
    async createTrainer(wanted) {
      trains.push(wanted?.id)
      return { ...closedFormTrainer(), close: async () => void closed.push('trainer') }
    },
    async createAggregation() {
      return { ...aggregateHere, close: async () => void closed.push('aggregation') }
    },
    async createPredictor() {
      const answer: Predictor['predict'] = async ({ id }) => {
        asked.push(id)
        return Float32Array.of(1)
      }
      return { predict: answer, close: async () => void closed.push('predictor') }
    },
    createNetwork: async (init): Promise<Network> => mesh.join(init.identity.peerId),
  }
  const start = (changed: Partial<PeerParts> = {}, signal = new AbortController().signal) =>
    startPeer({ ...parts, ...changed }, { task, signal, onStep: (step) => steps.push(step) })
  return { seed, task, start, steps, closed, asked, trains }
}

describe('startPeer', () => {
  it('brings up a peer that knows what the seed offers, and stops all of it', async () => {
    const { seed, task, start, steps, closed } = await seedAndTab()
    const peer = await start()
    expect(steps).toEqual(['storage', 'engine', 'network'])
    expect(peer.snapshot().tasks.map(({ id }) => id)).toEqual([task])
    await peer.stop()
    expect(closed).toEqual(['aggregation', 'predictor', 'trainer', 'stores'])
    await seed.stop()
  })

  it('asks the predictor on the page what the last committed model says', async () => {
    const { seed, task, start, asked } = await seedAndTab()
    const peer = await start()
    await peer.join(task)
    expect([...(await peer.predict(task, new Float32Array(4)))]).toEqual([1])
    expect(asked).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    await peer.stop()
    await seed.stop()
  })

  it('is the same peer after a reload', async () => {
    const { seed, start } = await seedAndTab()
    const first = await start()
    await first.stop()
    const second = await start()
    expect(second.snapshot().self).toBe(first.snapshot().self)
    await second.stop()
    await seed.stop()
  })

  it('tries the seed of last time when the page cannot ask for one', async () => {
    const { seed, task, start, trains } = await seedAndTab()
    const away = { findSeed: () => Promise.reject(new Error('offline')) }
    await expect(start(away)).rejects.toMatchObject({ code: 'NO_SEED' })
    await (await start()).stop()
    const again = await start(away)
    expect(trains).toEqual([undefined, task, undefined])
    expect(again.snapshot().tasks.map(({ id }) => id)).toEqual([task])
    await again.stop()
    await seed.stop()
  })

  it('starts without a seed for a task that it knows', async () => {
    const { seed, task, start } = await seedAndTab()
    await (await start()).stop()
    await seed.stop()
    const again = await start()
    expect(again.snapshot().tasks.map(({ id }) => id)).toEqual([task])
    await again.stop()
  })

  it('undoes what was started when a later step fails', async () => {
    const { seed, start, closed } = await seedAndTab()
    const refused = { createNetwork: () => Promise.reject(new Error('no network')) }
    await expect(start(refused)).rejects.toThrow('no network')
    expect(closed).toEqual(['aggregation', 'predictor', 'trainer', 'stores'])
    await seed.stop()
  })

  it('ends when it is aborted', async () => {
    const { seed, start, closed } = await seedAndTab()
    await expect(start({}, AbortSignal.abort())).rejects.toThrow()
    expect(closed).toEqual(['stores'])
    await seed.stop()
  })
})
