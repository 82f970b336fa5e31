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
import { type Clock, type Network, sleep } from '../ports/index.ts'
import { createDirectory } from './memory/directory.ts'
import { createGossip } from './memory/gossip.ts'
import { createLinks, type LinkQuality } from './memory/links.ts'
import { createNode, type MemoryConnection, type MemoryNode } from './memory/node.ts'
import { createStreamPair, type StreamEnd } from './memory/stream.ts'

export type { LinkQuality } from './memory/links.ts'

export interface MemoryMeshOptions {
  readonly clock: Clock
  readonly random: Random
  /** one way; 20 when absent */
  readonly latencyMs?: number
  /** uniform, on top of the latency; 0 when absent */
  readonly jitterMs?: number
  /** see {@link LinkQuality}; 0 when absent */
  readonly lossRate?: number
  /** each peer's uplink; unlimited when absent */
  readonly bytesPerSecond?: number
  /** after how long a peer that says nothing is taken for gone; 10 s when absent (measured of WebRTC: 9 to 17 s) */
  readonly deadAfterMs?: number
  readonly topology?: 'full' | 'none'
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
  /** What handlers threw. A test that expects none asserts that it is empty. */
  readonly faults: readonly { readonly peer: PeerId; readonly where: string; readonly error: unknown }[]
}

export function createMemoryMesh(options: MemoryMeshOptions): MemoryMesh {
  const { clock, deadAfterMs = 10_000, topology = 'full' } = options
  const links = createLinks(clock, options.random, {
    latencyMs: options.latencyMs ?? 20,
    jitterMs: options.jitterMs ?? 0,
    lossRate: options.lossRate ?? 0,
    bytesPerSecond: options.bytesPerSecond ?? Number.POSITIVE_INFINITY,
  })
  const nodes = new Map<PeerId, MemoryNode>()
  const faults: { peer: PeerId; where: string; error: unknown }[] = []
  const fault = (peer: PeerId, where: string, error: unknown) => void faults.push({ peer, where, error })

  const alive = (id: PeerId) => nodes.get(id)?.state === 'running'
  const passes = (from: PeerId, to: PeerId) => alive(from) && alive(to) && !links.separated(from, to)
  const isBanned = (node: MemoryNode, peer: PeerId) => (node.bans.get(peer) ?? 0) > clock.now()

  const notify = (node: MemoryNode) => {
    for (const call of [...node.watchers]) {
      try {
        call()
      } catch (error) {
        fault(node.id, 'onConnections', error)
      }
    }
  }

  /** Drops one end; its streams end with `reason`. */
  const drop = (node: MemoryNode, connection: MemoryConnection, reason: string) => {
    if (node.connections.get(connection.peer) !== connection) return
    node.connections.delete(connection.peer)
    const error = new NetworkError({ code: 'STREAM_ENDED', peer: connection.peer, reason })
    for (const stream of [...connection.streams]) stream.fail(error)
    if (node.state === 'running') notify(node)
  }

  /** Closes our end now and the other one when it hears of it, or when it has heard nothing for too long. */
  const disconnect = (node: MemoryNode, peer: PeerId) => {
    const ours = node.connections.get(peer)
    const other = nodes.get(peer)
    if (ours === undefined) return
    const theirs = other?.connections.get(node.id)
    const heard = links.separated(node.id, peer) ? deadAfterMs : links.delayMs(node.id, peer, 0, true)
    drop(node, ours, 'disconnected')
    if (other !== undefined && theirs !== undefined) clock.after(heard, () => drop(other, theirs, 'disconnected'))
  }

  /** Ends that hear nothing from each other for `deadAfterMs` give up. */
  const watchSilence = (node: MemoryNode, connection: MemoryConnection) => {
    clock.after(deadAfterMs, () => {
      if (!passes(node.id, connection.peer)) drop(node, connection, 'silent for too long')
    })
  }

  const join2 = (a: MemoryNode, b: MemoryNode) => {
    if (a.connections.has(b.id)) return
    const end = (peer: PeerId, inbound: boolean): MemoryConnection => ({
      peer,
      path: 'memory',
      address: addressOf(peer),
      inbound,
      streams: new Set(),
    })
    // One end may remain of a connection that the other end has dropped already.
    const stale = b.connections.get(a.id)
    if (stale !== undefined) drop(b, stale, 'connected anew')
    a.connections.set(b.id, end(b.id, false))
    b.connections.set(a.id, end(a.id, true))
    notify(a)
    notify(b)
  }

  const connect = async (node: MemoryNode, peer: PeerId, signal: AbortSignal): Promise<MemoryConnection> => {
    if (node.state !== 'running') throw new NetworkError({ code: 'NOT_RUNNING' })
    if (isBanned(node, peer)) throw new NetworkError({ code: 'BANNED', peer })
    const known = node.connections.get(peer)
    if (known !== undefined) return known
    const refused = (reason: string) => new NetworkError({ code: 'UNREACHABLE', peer, reason })
    if (peer === node.id) throw refused('it is ourselves')
    await sleep(clock, 2 * links.delayMs(node.id, peer, 0, true), signal)
    const other = nodes.get(peer)
    if (other === undefined) throw refused('nobody has this id')
    if (other.state === 'killed' || links.separated(node.id, peer)) return untilAborted(signal)
    if (other.state !== 'running') throw refused('it does not listen')
    if (isBanned(other, node.id)) throw refused('it refuses us')
    if (node.state !== 'running') throw new NetworkError({ code: 'NOT_RUNNING' })
    join2(node, other)
    return node.connections.get(peer)!
  }

  const component = (from: MemoryNode): MemoryNode[] => {
    const reached = new Map([[from.id, from]])
    for (const node of reached.values()) {
      for (const peer of node.connections.keys()) {
        const other = nodes.get(peer)
        if (other !== undefined && passes(node.id, peer)) reached.set(peer, other)
      }
    }
    return [...reached.values()]
  }

  const streamWorld = {
    clock,
    passes,
    delayMs: (from: PeerId, to: PeerId, bytes: number) => links.delayMs(from, to, bytes, true),
    count(peer: PeerId, way: 'sent' | 'received', bytes: number) {
      const node = nodes.get(peer)
      if (node !== undefined) node.traffic[way] += bytes
    },
  }

  const openStream = async (
    node: MemoryNode,
    peer: PeerId,
    protocol: string,
    { signal, maxFrameBytes }: { signal: AbortSignal; maxFrameBytes: number },
  ): Promise<StreamEnd> => {
    signal.throwIfAborted()
    if (
      !node.connections.has(peer) &&
      node.state === 'running' &&
      !component(node).some((other) => other.id === peer)
    ) {
      // As with a DHT: who is not in our part of the mesh has no address that we could find.
      await sleep(clock, 2 * links.delayMs(node.id, peer, 0, true), signal)
      if (!component(node).some((other) => other.id === peer)) {
        throw new NetworkError({ code: 'UNREACHABLE', peer, reason: 'no address of it is known' })
      }
    }
    const ours = await connect(node, peer, signal)
    await sleep(clock, links.delayMs(node.id, peer, 0, true), signal)
    const other = nodes.get(peer)
    if (other === undefined || !passes(node.id, peer)) return untilAborted(signal)
    const theirs = other.connections.get(node.id)
    if (theirs === undefined || node.connections.get(peer) !== ours) {
      throw new NetworkError({ code: 'UNREACHABLE', peer, reason: 'the connection closed' })
    }
    const handler = other.protocols.get(protocol)
    if (handler === undefined) {
      await sleep(clock, links.delayMs(peer, node.id, 0, true), signal)
      throw new NetworkError({ code: 'PROTOCOL_UNKNOWN', peer, protocol })
    }
    const [opened, served] = createStreamPair(
      streamWorld,
      { self: node.id, peer, maxFrameBytes, onDone: (end) => void ours.streams.delete(end) },
      {
        self: peer,
        peer: node.id,
        maxFrameBytes: handler.maxFrameBytes,
        onDone: (end) => void theirs.streams.delete(end),
      },
    )
    ours.streams.add(opened)
    theirs.streams.add(served)
    void serve(peer, protocol, () => handler.serve(served), served)
    try {
      await sleep(clock, links.delayMs(peer, node.id, 0, true), signal)
    } catch (error) {
      opened.abort(error as Error)
      throw error
    }
    return opened
  }

  const serve = async (peer: PeerId, protocol: string, run: () => Promise<void>, stream: StreamEnd) => {
    try {
      await run()
      await stream.close()
    } catch (error) {
      // A stream that broke under its handler is the handler's every day, not a fault of it.
      if (!(error instanceof NetworkError)) fault(peer, protocol, error)
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** A mesh of topology `full` holds every pair that can be connected. */
  const connectAll = (node: MemoryNode) => {
    if (topology !== 'full') return
    for (const other of nodes.values()) {
      if (other === node || !passes(node.id, other.id) || isBanned(node, other.id) || isBanned(other, node.id)) continue
      clock.after(links.delayMs(node.id, other.id, 0, true), () => {
        if (nodes.get(node.id) === node && nodes.get(other.id) === other && passes(node.id, other.id))
          join2(node, other)
      })
    }
  }

  const forget = (id: PeerId, reason: string) => {
    for (const other of nodes.values()) {
      const connection = other.connections.get(id)
      if (connection !== undefined) drop(other, connection, reason)
    }
  }

  return {
    faults,
    join(id) {
      if (nodes.get(id)?.state === 'running') throw new TypeError(`${id} has joined already`)
      // A new process on the old address: the others' connections to the old one break.
      forget(id, 'restarted')
      const node = createNode(id)
      nodes.set(id, node)
      return networkOf(node)
    },
    partition(groups) {
      links.partition(groups)
      for (const node of nodes.values()) {
        for (const connection of node.connections.values()) {
          if (!passes(node.id, connection.peer)) watchSilence(node, connection)
        }
      }
    },
    heal() {
      links.partition([])
      for (const node of nodes.values()) if (node.state === 'running') connectAll(node)
    },
    kill(id) {
      const node = nodes.get(id)
      if (node === undefined) return
      node.state = 'killed'
      for (const connection of [...node.connections.values()]) drop(node, connection, 'killed')
      for (const other of nodes.values()) {
        const connection = other.connections.get(id)
        if (connection !== undefined) watchSilence(other, connection)
      }
    },
    degrade: links.degrade,
  }

  function networkOf(node: MemoryNode): Network {
    return {
      self: node.id,
      gossip: createGossip({ clock, links, passes, fault, node: (id) => nodes.get(id) }, node),
      directory: createDirectory({ clock, links, component }, node),
      streams: {
        handle(protocol, handler) {
          if (node.protocols.has(protocol)) throw new TypeError(`${protocol} has its handler already`)
          node.protocols.set(protocol, handler)
          return () => {
            if (node.protocols.get(protocol) === handler) node.protocols.delete(protocol)
          }
        },
        open: (peer, protocol, how) => openStream(node, peer, protocol, how),
      },
      setRecordRules: (namespace, rules) => void node.rules.set(namespace, rules),
      async start() {
        if (node.state === 'running') return
        if (node.state !== 'joined') throw new NetworkError({ code: 'NOT_RUNNING' }, 'a stopped network stays stopped')
        node.state = 'running'
        connectAll(node)
      },
      async stop() {
        for (const peer of [...node.connections.keys()]) disconnect(node, peer)
        if (node.state !== 'killed') node.state = 'stopped'
        node.watchers.clear()
      },
      addresses: () => (node.state === 'running' ? [addressOf(node.id)] : []),
      connections: () => [...node.connections.values()].map(({ streams: _, ...connection }) => connection),
      async dial(peer, addresses, signal) {
        signal.throwIfAborted()
        const target = addresses.map(peerOf).find((found) => found !== undefined && (peer ?? found) === found)
        if (target === undefined) {
          throw new NetworkError({ code: 'UNREACHABLE', peer: peer ?? '?', reason: 'no memory address was given' })
        }
        return (await connect(node, target, signal)).peer
      },
      disconnect: async (peer) => disconnect(node, peer),
      ban(peer, ms) {
        node.bans.set(peer, clock.now() + ms)
        disconnect(node, peer)
      },
      onConnections(call) {
        node.watchers.add(call)
        return () => void node.watchers.delete(call)
      },
      traffic: () => ({ memory: { ...node.traffic } }),
    }
  }
}

function addressOf(peer: PeerId): string {
  return `/memory/${peer}/p2p/${peer}`
}

function peerOf(address: string): PeerId | undefined {
  return /^\/memory\/[^/]+\/p2p\/([^/]+)$/.exec(address)?.[1] as PeerId | undefined
}

/** What a peer that says nothing looks like: nothing, until we lose patience. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
