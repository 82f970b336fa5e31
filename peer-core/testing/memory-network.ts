/**
 * A network in memory behind the {@link Network} port, for tests and the simulator: latency, jitter, loss, uplinks,
 * partitions, and peers that die without a word, all drawn from one seed and run by one clock.
 *
 * ```ts
 * const clock = createVirtualClock()
 * const mesh = createMemoryMesh({ clock, random: seededRandom(1) })
 * const a = mesh.join(createIdentity().peerId)
 * ```
 *
 * Gossip needs connections and goes by way of them, hop by hop; a stream to a peer that is not connected connects first.
 * `topology: 'full'` connects everybody to everybody by itself, `'none'` leaves it to `dial`.
 * @module
 */
import type { PeerId, Random } from '../foundation/index.ts'
import { NetworkError } from '../network/errors.ts'
import type { Clock, Network } from '../ports/index.ts'
import { addressOf, createConnections } from './memory/connections.ts'
import { createDirectory } from './memory/directory.ts'
import { createGossip, createTalk } from './memory/gossip.ts'
import { createLinks, type LinkQuality } from './memory/links.ts'
import { createNode, type MemoryNode } from './memory/node.ts'
import { createStreams } from './memory/streams.ts'

export type { LinkQuality } from './memory/links.ts'

export interface MemoryMeshOptions {
  readonly clock: Clock
  readonly random: Random
  /** one way, of every link or of the one between two peers; 20 when absent */
  readonly latencyMs?: number | ((from: PeerId, to: PeerId) => number)
  /** uniform, on top of the latency; 0 when absent */
  readonly jitterMs?: number
  /** see {@link LinkQuality}; 0 when absent */
  readonly lossRate?: number
  /** each peer's uplink; unlimited when absent */
  readonly bytesPerSecond?: number
  /** after how long a peer that says nothing is taken for gone; 10 s when absent (measured of WebRTC: 9 to 17 s) */
  readonly deadAfterMs?: number
  readonly topology?: 'full' | 'none'
  /** Whether two peers can connect, whoever dials: two symmetric NATs cannot. Everyone can when absent. */
  readonly punches?: (from: PeerId, to: PeerId) => boolean
}

export interface MemoryMesh {
  /** A network for one peer; a second one for the same peer is its restart. It does nothing before `start`. */
  join(peer: PeerId): Network
  /** Nothing passes between peers of different groups; those that are in none form one of their own. */
  partition(groups: readonly (readonly PeerId[])[]): void
  heal(): void
  /** Its process is gone: it says no goodbye and the others find out by themselves. */
  kill(peer: PeerId): void
  /** Makes all links of a peer worse; replaces what was said before, and `{}` restores them. */
  degrade(peer: PeerId, quality: LinkQuality): void
  /** What a peer has sent and received since it last joined: bytes, and messages (gossip, and frames of streams). */
  usage(peer: PeerId): MemoryUsage
  /** What handlers threw. A test that expects none asserts that it is empty. */
  readonly faults: readonly { readonly peer: PeerId; readonly where: string; readonly error: unknown }[]
}

export interface MemoryUsage {
  readonly bytes: { readonly sent: number; readonly received: number }
  readonly messages: { readonly sent: number; readonly received: number }
}

export function createMemoryMesh(options: MemoryMeshOptions): MemoryMesh {
  const { clock, deadAfterMs = 10_000, topology = 'full', punches = () => true } = options
  const links = createLinks(clock, options.random, {
    latencyMs: options.latencyMs ?? 20,
    jitterMs: options.jitterMs ?? 0,
    lossRate: options.lossRate ?? 0,
    bytesPerSecond: options.bytesPerSecond ?? Number.POSITIVE_INFINITY,
  })
  const nodes = new Map<PeerId, MemoryNode>()
  let joined = 0
  const faults: { peer: PeerId; where: string; error: unknown }[] = []
  const fault = (peer: PeerId, where: string, error: unknown) => void faults.push({ peer, where, error })
  const world = { clock, links, nodes, deadAfterMs, punches, fault }
  const connections = createConnections(world)
  const { reaches, passes } = connections
  const talk = createTalk(clock)

  const connectAll = (node: MemoryNode) => {
    if (topology === 'full' && node.state === 'running') connections.connectAll(node)
  }

  return {
    faults,
    join(id) {
      if (nodes.get(id)?.state === 'running') throw new TypeError(`${id} has joined already`)
      if (nodes.has(id)) connections.replace(id)
      const node = createNode(id, joined++)
      nodes.set(id, node)
      return networkOf(node)
    },
    partition(groups) {
      links.partition(groups)
      connections.watchSilence()
    },
    heal() {
      links.partition([])
      for (const node of nodes.values()) connectAll(node)
    },
    kill(id) {
      const node = nodes.get(id)
      if (node !== undefined) connections.kill(node)
    },
    degrade: links.degrade,
    usage(id) {
      const { traffic, messages } = nodes.get(id) ?? createNode(id, -1)
      return { bytes: { ...traffic }, messages: { ...messages } }
    },
  }

  function networkOf(node: MemoryNode): Network {
    return {
      self: node.id,
      gossip: createGossip({ clock, links, talk, passes, fault }, node),
      directory: createDirectory({ clock, links, nodes, reaches }, node),
      streams: createStreams(world, connections, node),
      setRecordRules: (namespace, rules) => void node.rules.set(namespace, rules),
      async start() {
        if (node.state === 'running') return
        if (node.state !== 'joined') throw new NetworkError({ code: 'NOT_RUNNING' }, 'a stopped network stays stopped')
        node.state = 'running'
        connectAll(node)
      },
      async stop() {
        for (const peer of [...node.connections.keys()]) connections.disconnect(node, peer)
        if (node.state !== 'killed') node.state = 'stopped'
        node.watchers.clear()
      },
      addresses: () => (node.state === 'running' ? [addressOf(node.id)] : []),
      connections: () => Array.from(node.connections.values(), ({ told }) => told),
      async dial(peer, addresses, signal) {
        signal.throwIfAborted()
        const target = addresses.map(peerOf).find((found) => found !== undefined && (peer ?? found) === found)
        if (target === undefined) {
          throw new NetworkError({ code: 'UNREACHABLE', peer: peer ?? '?', reason: 'no memory address was given' })
        }
        return (await connections.connect(node, target, signal)).peer
      },
      disconnect: async (peer) => connections.disconnect(node, peer),
      ban(peer, ms) {
        node.bans.set(peer, clock.now() + ms)
        connections.disconnect(node, peer)
      },
      onConnections(call) {
        node.watchers.add(call)
        return () => void node.watchers.delete(call)
      },
      traffic: () => ({ memory: { ...node.traffic } }),
    }
  }
}

function peerOf(address: string): PeerId | undefined {
  return /^\/memory\/[^/]+\/p2p\/([^/]+)$/.exec(address)?.[1] as PeerId | undefined
}
