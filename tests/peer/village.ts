/** A whole network in one process: seeds and contributors on a memory network under a virtual clock, from one seed. */
import {
  createIdentity,
  type Identity,
  type PeerEvent,
  seededRandom,
  type TaskId,
  type TaskSpec,
} from '../../peer-core/index.ts'
import { encodeExamples } from '../../peer-core/learning/data/index.ts'
import { createPeer, type JoinOptions, type Peer } from '../../peer-core/peer/create-peer.ts'
import type { Examples, Network, Stores, Trainer } from '../../peer-core/ports/index.ts'
import { closedFormTrainer } from '../../peer-core/testing/closed-form-trainer.ts'
import { createMemoryMesh, type MemoryMesh, type MemoryMeshOptions } from '../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, type MemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'

export interface Villager {
  readonly peer: Peer
  readonly identity: Identity
  readonly disk: MemoryDisk
  readonly events: PeerEvent[]
}

export interface VillagerOptions {
  readonly msPerStep?: number
  readonly bias?: number
  /** What it trains with, instead of its trainer. */
  readonly engine?: (trainer: Trainer) => Trainer
}

export interface Village {
  readonly clock: VirtualClock
  readonly mesh: MemoryMesh
  readonly seeds: readonly Villager[]
  readonly contributors: readonly Villager[]
  readonly task: TaskId
  readonly spec: TaskSpec
  /** Another contributor, which is not started: same network, same clock. */
  newcomer(name: string, options?: VillagerOptions): Villager
  /** The same peer again, on what it had stored. */
  restart(villager: Villager, options?: { trains?: boolean; evaluates?: boolean }): Villager
  start(villager: Villager, options?: Pick<JoinOptions, 'invitation'>): Promise<void>
  /** Runs until a seed has committed `round`. */
  untilRound(round: number, maxMs: number): Promise<void>
}

export interface VillageOptions {
  readonly seeds?: number
  readonly contributors?: number
  /** Share of the first class in each of the task's shards; 0.2, 0.5 and 0.8, half in all, when absent. */
  readonly shares?: readonly number[]
  readonly network?: Partial<MemoryMeshOptions>
  readonly msPerStep?: number
  readonly task?: (spec: TaskSpec) => TaskSpec
  readonly seed?: string
  /** What a seed's first life runs on, instead of its memory stores. */
  readonly seedStores?: (stores: Stores) => Stores
  /** What a seed hears and says through, instead of its network. */
  readonly seedNetwork?: (network: Network) => Network
  /** Held-out examples of each seed; who has some scores what is proposed. */
  readonly seedTest?: (place: number) => Examples | undefined
  /** See `PeerInit`. */
  readonly keepModels?: number
  /** Added to what each contributor learns; 0 when absent. */
  readonly bias?: (place: number) => number
  /** Data of a contributor's own, instead of the task's. */
  readonly ownData?: (place: number) => Examples | undefined
}

const shape = [2, 2, 1] as const
const classes = ['a', 'b']

const bitsOf = (name: string) => 1e-6 * seededRandom(name).next()

/** Examples of two classes, of which `share` are of the first. */
export function examplesOf(share: number, count = 40): Examples {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i < share * count ? 0 : 1))
  return { shape: [...shape], classes: classes.length, labels, features: new Uint8Array(count * 4).fill(7) }
}

export async function createVillage(options: VillageOptions = {}): Promise<Village> {
  const clock = createVirtualClock({ start: 1_700_000_000_000 })
  const random = seededRandom(options.seed ?? 'village')
  const mesh = createMemoryMesh({ clock, random: random.fork('network'), ...options.network })

  const create = (
    name: string,
    disk: MemoryDisk,
    {
      trains = true,
      evaluates = false,
      msPerStep = options.msPerStep ?? 1,
      bias = 0,
      engine = (trainer) => trainer,
    }: VillagerOptions & { trains?: boolean; evaluates?: boolean } = {},
    wrap: (stores: Stores) => Stores = (stores) => stores,
    through: (network: Network) => Network = (network) => network,
  ): Villager => {
    const identity = createIdentity(secretOf(name))
    const peer = createPeer({
      identity,
      network: through(mesh.join(identity.peerId)),
      stores: wrap(openMemoryStores(disk)),
      clock,
      random: seededRandom(name),
      keepModels: options.keepModels,
      // Nobody's work is another's to the bit, as it is where everyone shuffles for itself: that would be a copy.
      ...(trains ? { trainer: engine(closedFormTrainer({ clock, msPerStep, bias: bias + bitsOf(name) })) } : {}),
      ...(evaluates ? { evaluator: closedFormTrainer({ clock }) } : {}),
    })
    const events: PeerEvent[] = []
    peer.onEvent((event) => events.push(event))
    return { peer, identity, disk, events }
  }

  const seeds = Array.from({ length: options.seeds ?? 1 }, (_, i) =>
    create(
      `seed ${i}`,
      createMemoryDisk(),
      { trains: false, evaluates: i === 0 || options.seedTest?.(i) !== undefined },
      options.seedStores,
      options.seedNetwork,
    ),
  )
  const contributors = Array.from({ length: options.contributors ?? 3 }, (_, i) =>
    create(`contributor ${i}`, createMemoryDisk(), { bias: options.bias?.(i) ?? 0 }),
  )
  const publisher = seeds[0]!.peer
  await clock.finish(Promise.all(seeds.map((seed) => seed.peer.start())), 10_000)

  const shards = (options.shares ?? [0.2, 0.5, 0.8]).map((share) => examplesOf(share))
  const share = async (examples: Examples) => {
    const bytes = encodeExamples(examples)
    return { blob: await publisher.share(bytes), bytes: bytes.length, examples: examples.labels.length }
  }
  const plain: TaskSpec = {
    v: 1,
    name: 'two points',
    description: '',
    model: { input: [...shape], layers: [{ kind: 'flatten' }, { kind: 'dense', units: 2, activation: 'linear' }] },
    data: {
      kind: 'images',
      shape: [...shape],
      classes,
      train: await Promise.all(shards.map(share)),
      test: await share(examplesOf(0.5)),
    },
    training: { localSteps: 20, batchSize: 8, learningRate: 0.1, momentum: 0 },
    round: { deadlineMs: 10_000, fetchMs: 3_000, minimumContributions: 1 },
    aggregation: { pipeline: ['mean'], byzantineShare: 0.2, maxNorm: 1_000, outerLearningRate: 1 },
    committee: seeds.map((seed) => ({ peer: seed.identity.peerId, power: 1 })),
    seed: 7,
    created: clock.now(),
  }
  const spec = options.task?.(plain) ?? plain
  const task = await publisher.publish(spec)

  const village: Village = {
    clock,
    mesh,
    seeds,
    contributors,
    task,
    spec,
    newcomer: (name, settings) => create(name, createMemoryDisk(), settings),
    restart: (villager, settings) => create(nameOf.get(villager.identity.peerId)!, villager.disk, settings),
    async start(villager, brought) {
      const ownData = options.ownData?.(contributors.indexOf(villager))
      const work = async () => {
        await villager.peer.start()
        if (villager.peer.snapshot().tasks.length === 0) await villager.peer.discover(seeds[0]!.identity.peerId)
        await villager.peer.join(task, { ownData, ...brought })
      }
      await clock.finish(work(), 30_000)
    },
    untilRound: (round, maxMs) =>
      clock.runUntil(
        () => seeds.some(({ events }) => events.some((event) => event.kind === 'commit' && event.round >= round)),
        maxMs,
      ),
  }
  for (const seed of seeds.slice(1)) {
    await clock.finish(seed.peer.discover(seeds[0]!.identity.peerId), 10_000)
  }
  for (const [i, seed] of seeds.entries()) {
    await clock.finish(seed.peer.join(task, { ownTest: options.seedTest?.(i) }), 10_000)
  }
  for (const contributor of contributors) await village.start(contributor)
  return village
}

const nameOf = new Map<string, string>()

function secretOf(name: string): Uint8Array {
  const random = seededRandom(`secret of ${name}`)
  const secret = Uint8Array.from({ length: 32 }, () => random.integer(256))
  nameOf.set(createIdentity(secret).peerId, name)
  return secret
}

export function commitsOf(villager: Villager) {
  return villager.events.filter((event) => event.kind === 'commit')
}
