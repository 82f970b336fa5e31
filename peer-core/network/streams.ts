/** Streams of frames over libp2p: serves protocols and opens them, over the best connection that there is. @module */
import type { Connection, Stream } from '@libp2p/interface'
import { messageOf, type PeerId } from '../foundation/index.ts'
import { abortable, type FrameStream, type ProtocolHandler, type Streams } from '../ports/index.ts'
import { pathOfConnection } from './connections.ts'
import type { Dialer } from './dial.ts'
import { isTheOtherEnds, NetworkError } from './errors.ts'
import { frameStream } from './frame-stream.ts'
import type { MeshLibp2p } from './mesh-node.ts'

/** of one protocol on one connection */
const maxInboundStreams = 32
const maxOutboundStreams = 64

export interface StreamsComponents {
  readonly node: MeshLibp2p
  readonly dialer: Dialer
  readonly fault: (where: string, error: unknown) => void
}

export function libp2pStreams({ node, dialer, fault }: StreamsComponents): Streams {
  const handlers = new Map<string, ProtocolHandler>()

  const serve = async (protocol: string, handler: ProtocolHandler, stream: FrameStream) => {
    try {
      await handler.serve(stream)
      await stream.close()
    } catch (error) {
      if (!isTheOtherEnds(error)) fault(protocol, error)
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    handle(protocol, handler) {
      if (handlers.has(protocol)) throw new TypeError(`${protocol} has its handler already`)
      handlers.set(protocol, handler)
      const onStream = (stream: Stream, connection: Connection) => {
        const peer = connection.remotePeer.toString() as PeerId
        const frames = frameStream(stream, peer, pathOfConnection(connection), handler.maxFrameBytes)
        void serve(protocol, handler, frames)
      }
      const options = { maxInboundStreams, maxOutboundStreams, runOnLimitedConnection: handler.overRelay === true }
      node.handle(protocol, onStream, options).catch((error) => fault(protocol, error))
      return () => {
        if (handlers.get(protocol) !== handler) return
        handlers.delete(protocol)
        node.unhandle(protocol).catch((error) => fault(protocol, error))
      }
    },

    async open(peer, protocol, { signal, maxFrameBytes }) {
      const connection = await dialer.reach(peer, signal)
      const runOnLimitedConnection = handlers.get(protocol)?.overRelay === true
      const opening = connection.newStream([protocol], { signal, maxOutboundStreams, runOnLimitedConnection })
      try {
        const stream = await abortable(opening, signal)
        return frameStream(stream, peer, pathOfConnection(connection), maxFrameBytes)
      } catch (error) {
        opening.then(
          (late) => late.abort(new Error('nobody waits for it any more')),
          () => {},
        )
        signal.throwIfAborted()
        if (error instanceof Error && error.name === 'UnsupportedProtocolError') {
          throw new NetworkError({ code: 'PROTOCOL_UNKNOWN', peer, protocol }, undefined, { cause: error })
        }
        throw new NetworkError({ code: 'UNREACHABLE', peer, reason: messageOf(error) }, undefined, { cause: error })
      }
    },
  }
}
