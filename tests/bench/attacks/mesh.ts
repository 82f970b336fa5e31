/**
 * The same question put to the product: `createPeer` peers on the memory network under a virtual clock, who train with the product's
 * engine, announce, hand over, and are committed by a seed that recomputes what it votes for. A round is a few local steps; workers keep
 * their momentum from round to round.
 * @module
 */
import type { PipelineSpec } from '../../../peer-core/aggregation/index.ts'
import { createIdentity, createPeer, type PeerEvent, seededRandom, type TaskSpec } from '../../../peer-core/index.ts'
import { createTrainer } from '../../../peer-core/learning/index.ts'
import { type Examples, sleep, type Trainer } from '../../../peer-core/ports/index.ts'
import { createMemoryMesh } from '../../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, openMemoryStores } from '../../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../../peer-core/testing/virtual-clock.ts'
import type { AggregationSpec } from '../../../peer-core/wire/index.ts'
import { platformSigner } from '../../../simulator/world/platform-signer.ts'
import { EVALUATE_EVERY, type Lie } from './arena.ts'
import { createCoalition } from './coalition.ts'
import { CLASSES, SIDE } from './mnist.ts'

export interface MeshSetting {
  /** honest peers' examples, then the liars' */
  readonly shards: readonly Examples[]
  readonly test: Examples
  readonly liars: number
  readonly rounds: number
  /** H */
  readonly localSteps: number
  readonly batch: number
  readonly learningRate: number
  readonly momentum: number
  readonly aggregation?: Partial<AggregationSpec>
  readonly seed: number
}

const shape: [number, number, number] = [SIDE, SIDE, 1]
const model: TaskSpec['model'] = {
  input: shape,
  layers: [
    { kind: 'flatten' },
    { kind: 'dense', units: 64, activation: 'relu' },
    { kind: 'dense', units: CLASSES, activation: 'linear' },
  ],
}
const honestMsPerStep = 10
/** Slow enough to have seen everyone before they answer. */
const liarMsPerStep = 60
const forever = 86_400_000

/** @returns mean test accuracy after the last round and 10, 20, 30 and 40 before it, in percent */
export async function trainOnMesh(setting: MeshSetting, pipeline: PipelineSpec, lie: Lie): Promise<number> {
  const { shards, test, liars, rounds, localSteps, batch, learningRate, momentum, seed } = setting
  const clock = createVirtualClock({ start: 1_700_000_000_000 })
  const mesh = createMemoryMesh({ clock, random: seededRandom(`${seed}/mesh`) })
  const engine = await createTrainer({ engine: 'wasm' })
  const coalition = createCoalition(lie, liars, seed)
  const join = (name: string, trainer?: Trainer) => {
    const random = seededRandom(`${seed}/${name}`)
    const secretSeed = Uint8Array.from({ length: 32 }, () => random.integer(256))
    const identity = createIdentity(secretSeed, platformSigner)
    const stores = openMemoryStores(createMemoryDisk())
    const network = mesh.join(identity.peerId)
    return createPeer({ identity, network, stores, clock, random, notifyMs: forever, trainer })
  }

  const home = join('seed')
  const events: PeerEvent[] = []
  home.onEvent((event) => events.push(event))
  await clock.finish(home.start(), 10_000)
  const task = await home.publish({
    v: 1,
    name: 'digits among liars',
    description: '',
    model,
    data: {
      kind: 'images',
      shape,
      classes: Array.from({ length: CLASSES }, (_, digit) => String(digit)),
      train: [],
    },
    training: { localSteps, batchSize: batch, learningRate, momentum, keepMomentum: true },
    round: { deadlineMs: 60_000, fetchMs: 10_000, minimumContributions: shards.length - liars },
    aggregation: {
      ...{ pipeline: [...pipeline], byzantineShare: liars / shards.length, maxNorm: 1e6, outerLearningRate: 1 },
      ...setting.aggregation,
    },
    committee: [{ peer: home.id, power: 1 }],
    seed,
    created: clock.now(),
  })
  await clock.finish(home.join(task), 10_000)

  const honest = shards.length - liars
  const arriving = shards.map(async (ownData, i) => {
    const name = `peer ${i}`
    const trainer =
      i < honest
        ? coalition.honest(paced(engine, name, honestMsPerStep, clock), i)
        : coalition.liar(paced(engine, name, liarMsPerStep, clock), i - honest)
    const peer = join(name, trainer)
    await peer.start()
    await peer.discover(home.id)
    await peer.join(task, { ownData })
  })
  await clock.finish(Promise.all(arriving), 60_000)
  const commits = () => events.filter((event) => event.kind === 'commit')
  await engine.load('test', test)
  const accuracies: number[] = []
  for (let round = rounds - 4 * EVALUATE_EVERY; round <= rounds; round += EVALUATE_EVERY) {
    await clock.runUntil(() => commits().length >= round, rounds * 120_000)
    const weights = await clock.finish(home.weights(task), 10_000)
    accuracies.push(100 * (await engine.evaluate({ model, data: 'test', weights })).accuracy)
  }
  await engine.close()
  return mean(accuracies)
}

/** One engine for all: a device's own data by its name, and as much virtual time as it would take. */
function paced(engine: Trainer, name: string, msPerStep: number, clock: VirtualClock): Trainer {
  const nameOf = (data: string) => `${name}/${data}`
  return {
    ...engine,
    load: (data, examples) => clock.hold(engine.load(nameOf(data), examples)),
    unload: (data) => engine.unload(nameOf(data)),
    async train(job, { signal } = {}) {
      await sleep(clock, msPerStep * job.training.localSteps, signal)
      return clock.hold(engine.train({ ...job, data: nameOf(job.data), timeBudgetMs: forever }))
    },
    close: async () => undefined,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length
}
