/** Opens and serves streams between peers of a memory mesh. @module */
import type { PeerId } from '../../foundation/index.ts'
import { isTheOtherEnds, NetworkError } from '../../network/errors.ts'
import { type ProtocolHandler, type Streams, sleep } from '../../ports/index.ts'
import { type Connections, type ConnectionsWorld, untilAborted } from './connections.ts'
import type { MemoryNode } from './node.ts'
import { createStreamPair, type StreamEnd } from './stream.ts'

export function createStreams(world: ConnectionsWorld, connections: Connections, self: MemoryNode): Streams {
  const { clock, links, nodes, fault } = world
  const travel = (from: PeerId, to: PeerId, signal: AbortSignal) =>
    sleep(clock, links.delayMs(from, to, 0, true), signal)

  const streamWorld = {
    clock,
    passes: connections.passes,
    delayMs: (from: PeerId, to: PeerId, bytes: number) => links.delayMs(from, to, bytes, true),
    count(peer: PeerId, way: 'sent' | 'received', bytes: number) {
      const node = nodes.get(peer)
      if (node === undefined) return
      node.traffic[way] += bytes
      node.messages[way]++
    },
  }

  const serve = async (peer: PeerId, protocol: string, handler: ProtocolHandler, stream: StreamEnd) => {
    try {
      await handler.serve(stream)
      await stream.close()
    } catch (error) {
      if (!isTheOtherEnds(error)) fault(peer, protocol, error)
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** As with a DHT: who is not in our part of the mesh has no address that we could find. */
  const find = async (peer: PeerId, signal: AbortSignal) => {
    if (self.state !== 'running' || self.connections.has(peer)) return
    if (connections.isBanned(self, peer)) return
    const isKnown = () => {
      const other = nodes.get(peer)
      return other !== undefined && connections.reaches(self, other)
    }
    if (isKnown()) return
    await travel(self.id, peer, signal)
    await travel(peer, self.id, signal)
    if (!isKnown()) throw new NetworkError({ code: 'UNREACHABLE', peer, reason: 'no address of it is known' })
  }

  return {
    handle(protocol, handler) {
      if (self.protocols.has(protocol)) throw new TypeError(`${protocol} has its handler already`)
      self.protocols.set(protocol, handler)
      return () => {
        if (self.protocols.get(protocol) === handler) self.protocols.delete(protocol)
      }
    },

    async open(peer, protocol, { signal, maxFrameBytes }) {
      signal.throwIfAborted()
      await find(peer, signal)
      const ours = await connections.connect(self, peer, signal)
      await travel(self.id, peer, signal)
      const other = nodes.get(peer)
      if (other === undefined || !connections.passes(self.id, peer)) return untilAborted(signal)
      const theirs = other.connections.get(self.id)
      if (theirs === undefined || self.connections.get(peer) !== ours) {
        throw new NetworkError({ code: 'UNREACHABLE', peer, reason: 'the connection closed' })
      }
      const handler = other.protocols.get(protocol)
      if (handler === undefined) {
        await travel(peer, self.id, signal)
        throw new NetworkError({ code: 'PROTOCOL_UNKNOWN', peer, protocol })
      }
      const [opened, served] = createStreamPair(
        streamWorld,
        { self: self.id, peer, maxFrameBytes, onDone: (end) => void ours.streams.delete(end) },
        {
          self: peer,
          peer: self.id,
          maxFrameBytes: handler.maxFrameBytes,
          onDone: (end) => void theirs.streams.delete(end),
        },
      )
      ours.streams.add(opened)
      theirs.streams.add(served)
      void serve(peer, protocol, handler, served)
      try {
        await travel(peer, self.id, signal)
      } catch (error) {
        opened.abort(error as Error)
        throw error
      }
      return opened
    },
  }
}
