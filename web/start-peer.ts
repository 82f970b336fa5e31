/**
 * From *Contribute* to a running peer: storage, engine, network, in this order, and all of it undone when one fails.
 *
 * What a tab's peer is made of is given, so that the same steps run on memory adapters.
 * @module
 */
import {
  createPeer,
  deadline,
  type Identity,
  type Network,
  type PeerId,
  realClock,
  type Stores,
  second,
  seededRandom,
  type Trainer,
  ZenError,
} from '../peer-core/index.ts'
import { loadIdentity } from './identity.ts'
import type { Peer } from './peer.ts'
import { rememberedSeed, rememberSeed, type Seed } from './remembered-seed.ts'
import type { StartStep } from './session.ts'

export interface PeerParts {
  /** The seed that served the page. */
  readonly findSeed: (signal: AbortSignal) => Promise<Seed>
  readonly openStores: () => Promise<Stores>
  readonly createTrainer: (signal: AbortSignal) => Promise<Trainer>
  readonly createNetwork: (init: { identity: Identity; seeds: readonly string[] }) => Promise<Network>
}

export interface StartOptions {
  readonly signal: AbortSignal
  readonly onStep: (step: StartStep) => void
}

export type StartFault = { code: 'INSECURE' } | { code: 'NO_SEED' }
export class StartError extends ZenError<StartFault> {}

const seedAnswersWithin = 15 * second

/**
 * @throws {@link StartError} `INSECURE` where the browser withholds what a peer needs, `NO_SEED` when no seed is within
 * reach and this browser knows no task yet; what the parts throw; `AbortError` when `signal` aborts
 */
export async function startPeer(parts: PeerParts, { signal, onStep }: StartOptions): Promise<Peer> {
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

    onStep('engine')
    const trainer = await parts.createTrainer(signal)
    undo.push(() => trainer.close())
    signal.throwIfAborted()

    onStep('network')
    const seed = await findSeed(parts, stores, signal)
    const network = await parts.createNetwork({ identity, seeds: seed?.multiaddrs ?? [] })
    const random = seededRandom(crypto.getRandomValues(new Uint32Array(1))[0]!)
    const peer = createPeer({ identity, network, stores, trainer, clock: realClock, random })
    undo.push(() => peer.stop())
    await peer.start()
    const met = seed !== undefined && (await meet(seed, network, peer.discover, signal))
    signal.throwIfAborted()
    if (!met && peer.snapshot().tasks.length === 0) {
      throw new StartError({ code: 'NO_SEED' }, 'no seed can be reached')
    }
    return { ...peer, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The seed that served the page, or when it is away the one of last time. */
async function findSeed(parts: PeerParts, stores: Stores, signal: AbortSignal): Promise<Seed | undefined> {
  try {
    const seed = await parts.findSeed(signal)
    await rememberSeed(stores.records, seed)
    return seed
  } catch {
    signal.throwIfAborted()
    return rememberedSeed(stores.records)
  }
}

/** Connects to the seed and learns its tasks. Without it a peer that knows a task goes on with those it finds. */
async function meet(
  seed: Seed,
  network: Network,
  discover: (from: PeerId) => Promise<unknown>,
  parent: AbortSignal,
): Promise<boolean> {
  const { signal, clear } = deadline(realClock, seedAnswersWithin, parent)
  try {
    await discover(await network.dial(seed.peerId, seed.multiaddrs, signal))
    return true
  } catch {
    return false
  } finally {
    clear()
  }
}
