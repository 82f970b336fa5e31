/**
 * Composition root for Node: a peer on real libp2p, with SurrealDB under it and HTTP in front. `zen up` and `zen join`
 * are two settings of it.
 * @module
 */
import {
  createPeer,
  type EngineName,
  type Identity,
  type Peer,
  type PeerId,
  realClock,
  type Stores,
  seededRandom,
  type Trainer,
} from '../peer-core/index.ts'
import type { ProbeSpec } from '../peer-core/learning/probe.ts'
import { createNodeAggregation } from './aggregation/create-node-aggregation.ts'
import { loadIdentity } from './identity-file.ts'
import { createContributorNetwork, createSeedNetwork } from './network/index.ts'
import { loadPorts } from './ports-file.ts'
import { openSurrealStores } from './storage/surreal-stores.ts'
import { createNodeTrainer } from './trainer/index.ts'

export interface SeedNodeOptions {
  readonly dir: string
  /** Where it listens; absent: it only dials, and relays make it reachable. */
  readonly host?: string
  /** other seeds and relays, to stay connected to */
  readonly bootstrap: readonly string[]
  /** our addresses as others see them, on a public host */
  readonly announce?: readonly string[]
  /** Trains as a contributor too. */
  readonly train: boolean
  readonly evaluate: boolean
  readonly engine: EngineName | 'auto'
  /** Committed models kept. @defaultValue 3 */
  readonly keepModels?: number
  /** what the engines are measured on */
  readonly probe?: ProbeSpec
  readonly onFault: (where: string, error: unknown) => void
}

export interface SeedNode {
  readonly identity: Identity
  readonly peer: Peer
  readonly stores: Stores
  addresses(): string[]
  /** Connects to whoever answers at one of the addresses. */
  dial(addresses: readonly string[], signal: AbortSignal): Promise<PeerId>
  stop(): Promise<void>
}

/** @throws {@link StoreError} `LOCKED` before anything is changed; what was opened is closed again on any error */
export async function startSeedNode(options: SeedNodeOptions): Promise<SeedNode> {
  const opened: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const close of opened.splice(0).reverse()) {
      await close().catch((error: unknown) => options.onFault('stop', error))
    }
  }
  try {
    const stores = await openSurrealStores({ dir: options.dir })
    opened.push(() => stores.close())
    const identity = await loadIdentity(options.dir)
    const trainers = { engine: options.engine, probe: options.probe }
    const open = async (wanted: boolean): Promise<Trainer | undefined> => {
      if (!wanted) return undefined
      const trainer = await createNodeTrainer(trainers)
      opened.push(() => trainer.close())
      return trainer
    }
    const trainer = await open(options.train)
    const evaluator = await open(options.evaluate)
    const { bootstrap, announce, onFault } = options
    const dialling = { secretSeed: identity.secretSeed, bootstrap, onFault }
    const network =
      options.host === undefined
        ? await createContributorNetwork(dialling)
        : await createSeedNetwork({
            ...dialling,
            host: options.host,
            ports: await loadPorts(options.dir, options.host),
            announce,
          })
    const aggregation = createNodeAggregation({ onFault: (error) => onFault('aggregation', error) })
    opened.push(() => aggregation.close())
    const peer = createPeer({
      identity,
      tier: 'server',
      network,
      stores,
      clock: realClock,
      random: seededRandom(`${identity.peerId}/${Date.now()}`),
      trainer,
      evaluator,
      aggregation,
      keepModels: options.keepModels,
    })
    await peer.start()
    opened.push(() => peer.stop())
    const dial = (addresses: readonly string[], signal: AbortSignal) => network.dial(undefined, addresses, signal)
    return { identity, peer, stores, addresses: () => network.addresses(), dial, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
