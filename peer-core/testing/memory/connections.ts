/**
 * The connections of a memory mesh: who is connected to whom, who is told when, and how a peer that says nothing any more is
 * found out. A connection has two ends, and each may be gone before the other knows.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import { NetworkError } from '../../network/errors.ts'
import { type Clock, sleep } from '../../ports/index.ts'
import type { Links } from './links.ts'
import type { MemoryConnection, MemoryNode } from './node.ts'
import { createParts } from './parts.ts'

export interface Connections {
  /** Whether bytes pass now: both run, and no partition is between them. */
  passes(from: PeerId, to: PeerId): boolean
  /** An existing connection or a new one. @throws {@link NetworkError} `UNREACHABLE`, `BANNED`, `NOT_RUNNING` */
  connect(node: MemoryNode, peer: PeerId, signal: AbortSignal): Promise<MemoryConnection>
  /** Connects to everybody that can be reached, as a mesh of topology `full` does. */
  connectAll(node: MemoryNode): void
  /** Closes our end now, and the other one when it hears of it, or has heard nothing for too long. */
  disconnect(node: MemoryNode, peer: PeerId): void
  /** Who can hear whom has changed. The ends that no longer can give up after a while, unless they can again. */
  watchSilence(): void
  /** Its process is gone, without a word. */
  kill(node: MemoryNode): void
  /** A new process on the same address: connections to the old one break. */
  replace(peer: PeerId): void
  /** Whether there is a way from one to the other over connections. */
  reaches(from: MemoryNode, to: MemoryNode): boolean
  isBanned(node: MemoryNode, peer: PeerId): boolean
}

export interface ConnectionsWorld {
  readonly clock: Clock
  readonly links: Links
  readonly nodes: ReadonlyMap<PeerId, MemoryNode>
  readonly deadAfterMs: number
  /** Whether a connection between the two can be made at all, whoever of them dials. */
  punches(from: PeerId, to: PeerId): boolean
  fault(peer: PeerId, where: string, error: unknown): void
}

export function createConnections({ clock, links, nodes, deadAfterMs, punches, fault }: ConnectionsWorld): Connections {
  const alive = (id: PeerId) => nodes.get(id)?.state === 'running'
  const passes = (from: PeerId, to: PeerId) => alive(from) && alive(to) && !links.separated(from, to)
  const isBanned = (node: MemoryNode, peer: PeerId) => (node.bans.get(peer) ?? 0) > clock.now()

  const parts = createParts(nodes, passes)

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
    node.neighbours = undefined
    parts.lost()
    const error = new NetworkError({ code: 'STREAM_ENDED', peer: connection.peer, reason })
    for (const stream of [...connection.streams]) stream.fail(error)
    if (node.state === 'running') notify(node)
  }

  const join = (a: MemoryNode, b: MemoryNode) => {
    if (a.connections.has(b.id)) return
    const end = (remote: MemoryNode, inbound: boolean): MemoryConnection => ({
      peer: remote.id,
      told: { peer: remote.id, path: 'memory', address: addressOf(remote.id), inbound },
      remote,
      streams: new Set(),
    })
    // One end may remain of a connection that the other end has dropped already.
    const stale = b.connections.get(a.id)
    if (stale !== undefined) drop(b, stale, 'connected anew')
    a.connections.set(b.id, end(b, false))
    b.connections.set(a.id, end(a, true))
    a.neighbours = undefined
    b.neighbours = undefined
    parts.joined(a, b)
    notify(a)
    notify(b)
  }

  const giveUpLater = (node: MemoryNode, connection: MemoryConnection) => {
    clock.after(deadAfterMs, () => {
      if (!passes(node.id, connection.peer)) drop(node, connection, 'silent for too long')
    })
  }

  return {
    passes,
    isBanned,
    async connect(node, peer, signal) {
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
      if (!punches(node.id, peer)) throw refused('their routers let neither through')
      if (isBanned(other, node.id)) throw refused('it refuses us')
      if (node.state !== 'running') throw new NetworkError({ code: 'NOT_RUNNING' })
      join(node, other)
      return node.connections.get(peer)!
    },
    connectAll(node) {
      for (const other of nodes.values()) {
        if (other === node || !passes(node.id, other.id)) continue
        if (isBanned(node, other.id) || isBanned(other, node.id) || !punches(node.id, other.id)) continue
        clock.after(links.delayMs(node.id, other.id, 0, true), () => {
          const same = nodes.get(node.id) === node && nodes.get(other.id) === other
          if (same && passes(node.id, other.id)) join(node, other)
        })
      }
    },
    disconnect(node, peer) {
      const ours = node.connections.get(peer)
      const other = nodes.get(peer)
      if (ours === undefined) return
      const theirs = other?.connections.get(node.id)
      const heard = links.separated(node.id, peer) ? deadAfterMs : links.delayMs(node.id, peer, 0, true)
      drop(node, ours, 'disconnected')
      if (other !== undefined && theirs !== undefined) clock.after(heard, () => drop(other, theirs, 'disconnected'))
    },
    reaches: parts.same,
    watchSilence() {
      parts.lost()
      for (const node of nodes.values()) {
        for (const connection of node.connections.values()) {
          if (!passes(node.id, connection.peer)) giveUpLater(node, connection)
        }
      }
    },
    kill(node) {
      node.state = 'killed'
      parts.lost()
      for (const connection of [...node.connections.values()]) drop(node, connection, 'killed')
      for (const other of nodes.values()) {
        const connection = other.connections.get(node.id)
        if (connection !== undefined) giveUpLater(other, connection)
      }
    },
    replace(peer) {
      for (const other of nodes.values()) {
        const connection = other.connections.get(peer)
        if (connection !== undefined) drop(other, connection, 'restarted')
      }
    },
  }
}

export function addressOf(peer: PeerId): string {
  return `/memory/${peer}/p2p/${peer}`
}

/** What a peer that says nothing looks like: nothing, until we lose patience. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
