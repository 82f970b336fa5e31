/**
 * From *Contribute* to a running peer: storage, engine, network, in this order, and all of it undone when one fails.
 *
 * What a tab's peer is made of is given, so that the same steps run on memory adapters.
 * @module
 */
import {
  type Aggregation,
  createPeer,
  deadline,
  type Identity,
  type Network,
  type PeerId,
  realClock,
  type Stores,
  second,
  seededRandom,
  type TaskId,
  type Trainer,
  ZenError,
} from '../peer-core/index.ts'
import type { Predictor } from '../peer-core/learning/predictor.ts'
import { loadIdentity } from './identity.ts'
import type { Peer } from './peer.ts'
import { rememberedSeed, rememberSeed, type Seed } from './remembered-seed.ts'
import type { StartStep } from './session.ts'
import type { ToTrain } from './worker/choose-trainer.ts'

export interface PeerParts {
  /** The seed that served the page, and what it offers. */
  readonly findSeed: (signal: AbortSignal) => Promise<Seed & { readonly tasks?: readonly ToTrain[] }>
  readonly openStores: () => Promise<Stores>
  /** @param task - absent where no seed tells what it is */
  readonly createTrainer: (task: ToTrain | undefined, signal: AbortSignal) => Promise<Trainer>
  readonly createAggregation: () => Promise<Aggregation>
  /** Absent where the page's own thread cannot answer: the trainer does. */
  readonly createPredictor?: () => Promise<Predictor | undefined>
  readonly createNetwork: (init: { identity: Identity; seeds: readonly string[] }) => Promise<Network>
}

export interface StartOptions {
  /** what it is started for */
  readonly task: TaskId
  readonly signal: AbortSignal
  readonly onStep: (step: StartStep) => void
}

export type StartFault = { code: 'INSECURE' } | { code: 'NO_SEED' }
export class StartError extends ZenError<StartFault> {}

const seedAnswersWithin = 15 * second

/**
 * @throws {@link StartError} `INSECURE` where the browser withholds what a peer needs, `NO_SEED` when no seed is within
 * reach and this browser does not know the task; what the parts throw; `AbortError` when `signal` aborts
 */
export async function startPeer(parts: PeerParts, { task, signal, onStep }: StartOptions): Promise<Peer> {
  if (globalThis.isSecureContext === false) {
    throw new StartError({ code: 'INSECURE' }, 'browsers allow this only over https, or on localhost')
  }
  const undo: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const step of undo.splice(0).reverse()) await step().catch(() => {})
  }
  try {
    onStep('storage')
    const stores = await parts.openStores()
    undo.push(() => stores.close())
    const identity = await loadIdentity(stores.records)
    signal.throwIfAborted()

    const { seed, tasks } = await findSeed(parts, stores, signal)
    onStep('engine')
    const trainer = await parts.createTrainer(
      tasks.find(({ id }) => id === task),
      signal,
    )
    undo.push(() => trainer.close())
    const predictor = await parts.createPredictor?.()
    if (predictor) undo.push(() => predictor.close())
    signal.throwIfAborted()
    const aggregation = await parts.createAggregation()
    undo.push(() => aggregation.close())

    onStep('network')
    const network = await parts.createNetwork({ identity, seeds: seed?.multiaddrs ?? [] })
    const random = seededRandom(crypto.getRandomValues(new Uint32Array(1))[0]!)
    const peer = createPeer({ identity, network, stores, trainer, predictor, aggregation, clock: realClock, random })
    undo.push(() => peer.stop())
    await peer.start()
    const known = () => peer.snapshot().tasks.some(({ id }) => id === task)
    const met = seed === undefined ? Promise.resolve() : meet(seed, network, peer.discover, signal)
    // A peer that knows the task starts at once; its seed may be away.
    if (!known()) await met
    signal.throwIfAborted()
    if (!known()) throw new StartError({ code: 'NO_SEED' }, 'no seed that offers this task can be reached')
    return { ...peer, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The seed that served the page, or when it is away the one of last time. */
async function findSeed(
  parts: PeerParts,
  stores: Stores,
  parent: AbortSignal,
): Promise<{ seed: Seed | undefined; tasks: readonly ToTrain[] }> {
  const { signal, clear } = deadline(realClock, seedAnswersWithin, parent)
  try {
    const seed = await parts.findSeed(signal)
    await rememberSeed(stores.records, seed)
    return { seed, tasks: seed.tasks ?? [] }
  } catch {
    parent.throwIfAborted()
    return { seed: await rememberedSeed(stores.records), tasks: [] }
  } finally {
    clear()
  }
}

/** Connects to the seed and learns its tasks, if it answers. */
async function meet(
  seed: Seed,
  network: Network,
  discover: (from: PeerId) => Promise<unknown>,
  parent: AbortSignal,
): Promise<void> {
  const { signal, clear } = deadline(realClock, seedAnswersWithin, parent)
  try {
    await discover(await network.dial(seed.peerId, seed.multiaddrs, signal))
  } catch {
    // It is away: the network goes on trying.
  } finally {
    clear()
  }
}
