/**
 * A real federation in one process: a seed that evaluates and sites that train on data of their own, with real peers and our
 * real WebAssembly engine, on a memory network under a virtual clock. Time stands still while an engine computes, so that
 * one seed gives one transcript on a machine of any speed.
 */
import { defaultPipeline } from '../../peer-core/aggregation/index.ts'
import {
  createIdentity,
  type Examples,
  type PeerEvent,
  type PeerId,
  seededRandom,
  type TaskSpec,
} from '../../peer-core/index.ts'
import { createTrainer, initialWeights } from '../../peer-core/learning/index.ts'
import { createPeer } from '../../peer-core/peer/create-peer.ts'
import type { Evaluation, Trainer } from '../../peer-core/ports/index.ts'
import { createMemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { floatsToBytes } from '../../peer-core/wire/index.ts'

/** What is trained; the rest of the task is as usual. */
export type Subject = Pick<TaskSpec, 'model' | 'training' | 'data'> & Partial<TaskSpec>

export interface Federation {
  readonly subject: Subject
  /** training examples of each site, which never leave it */
  readonly sites: readonly Examples[]
  /** what the seed evaluates on */
  readonly test: Examples
  readonly rounds: number
  readonly seed: number
  /** weights to start from */
  readonly initial?: Float32Array
  readonly onRound?: (evaluation: EvaluationEvent) => void
}

export interface Learned {
  /** of each round's committed model */
  readonly evaluations: readonly Evaluation[]
  /** sites in each commit */
  readonly contributors: readonly number[]
  /** of the last commit */
  readonly weights: Float32Array
}

type EvaluationEvent = Extract<PeerEvent, { kind: 'evaluation' }>

/** Trains with peers until `rounds` are committed and evaluated. */
export async function federate({ subject, sites, test, rounds, seed, initial, onRound }: Federation): Promise<Learned> {
  const clock = createVirtualClock({ start: 1_700_000_000_000 })
  const mesh = createMemoryMesh({ clock, random: seededRandom(`${seed}/network`) })
  const open: (() => Promise<void>)[] = []
  const join = async (name: string, what: 'trainer' | 'evaluator') => {
    const random = seededRandom(`${seed}/${name}`)
    const identity = createIdentity(Uint8Array.from({ length: 32 }, () => random.integer(256)))
    const trainer = heldStill(await createTrainer({ engine: 'wasm' }), clock)
    const stores = openMemoryStores(createMemoryDisk())
    const peer = createPeer({ identity, network: mesh.join(identity.peerId), stores, clock, random, [what]: trainer })
    open.push(async () => {
      await clock.finish(peer.stop(), 60_000)
      await trainer.close()
    })
    await clock.finish(peer.start(), 60_000)
    return peer
  }
  try {
    const publisher = await join('seed', 'evaluator')
    const evaluations: EvaluationEvent[] = []
    const contributors: number[] = []
    publisher.onEvent((event) => {
      if (event.kind === 'evaluation') {
        evaluations.push(event)
        onRound?.(event)
      }
      if (event.kind === 'commit') contributors.push(event.contributors.length)
    })
    const start = initial === undefined ? {} : { initial: await publisher.share(floatsToBytes(initial)) }
    const task = await publisher.publish(taskOf({ ...subject, ...start }, publisher.id, seed))
    await clock.finish(publisher.join(task, { ownTest: test }), 60_000)
    for (const [i, ownData] of sites.entries()) {
      const site = await join(`site ${i}`, 'trainer')
      await clock.finish(
        site.discover(publisher.id).then(() => site.join(task, { ownData })),
        60_000,
      )
    }
    await clock.runUntil(() => evaluations.length >= rounds, rounds * 120_000)
    const weights = await clock.finish(publisher.weights(task), 60_000)
    return { evaluations: evaluations.slice(0, rounds), contributors: contributors.slice(0, rounds), weights }
  } finally {
    for (const close of open.reverse()) await close()
  }
}

/** The same training without a network, on one set of examples. */
export async function trainAlone({ subject, sites, test, rounds, seed }: Federation): Promise<Learned> {
  const trainer = await createTrainer({ engine: 'wasm' })
  try {
    const [examples] = sites
    await trainer.load('train', examples!)
    await trainer.load('test', test)
    let weights = initialWeights(subject.model, seed)
    const evaluations: Evaluation[] = []
    for (let round = 1; round <= rounds; round++) {
      const job = { ...subject, weights, timeBudgetMs: Number.POSITIVE_INFINITY }
      const { delta } = await trainer.train({ ...job, data: 'train', seed: seed + round })
      weights = weights.map((weight, j) => weight + delta[j]!)
      evaluations.push(await trainer.evaluate({ ...job, weights, data: 'test' }))
    }
    return { evaluations, contributors: new Array(rounds).fill(1), weights }
  } finally {
    await trainer.close()
  }
}

/** Computes while the clock stands. */
function heldStill(trainer: Trainer, clock: VirtualClock): Trainer {
  return {
    ...trainer,
    load: (data, examples) => clock.hold(trainer.load(data, examples)),
    train: (job, options) => clock.hold(trainer.train(job, options)),
    evaluate: (job, options) => clock.hold(trainer.evaluate(job, options)),
  }
}

function taskOf(subject: Subject, committee: PeerId, seed: number): TaskSpec {
  return {
    v: 1,
    name: 'federation',
    description: '',
    round: { deadlineMs: 60_000, fetchMs: 15_000, minimumContributions: 1 },
    aggregation: { pipeline: [...defaultPipeline], byzantineShare: 0.2, maxNorm: 1_000, outerLearningRate: 1 },
    committee: [{ peer: committee, power: 1 }],
    seed,
    created: 0,
    ...subject,
  }
}
