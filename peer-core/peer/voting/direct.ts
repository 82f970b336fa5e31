/**
 * What one committee member tells another and nobody else: its status, and the answers to one (consensus/SPEC.md, "Gossip
 * repair"). A stream carries the task's id in its first frame and a message in each other.
 * @module
 */
import { bytesToHex, hexToBytes, isHash, type PeerId, second, type TaskId } from '../../foundation/index.ts'
import { type Clock, deadline, type FrameStream, type Network } from '../../ports/index.ts'
import { limits, protocols } from '../../wire/index.ts'

/** How long one delivery may take. */
const deliveryMs = 5 * second
/** Messages in one delivery: everything of a few rounds of the largest committee. */
const mostMessages = 256

export interface DirectSource {
  /** @returns whether an honest member may have sent it */
  onMessage(task: TaskId, bytes: Uint8Array, from: PeerId): boolean
  /** The peer sent what no honest member sends. */
  onMisbehaviour(peer: PeerId): void
}

export interface Direct {
  start(): void
  stop(): void
  /** @throws when the peer cannot be reached in time */
  send(to: PeerId, task: TaskId, messages: readonly Uint8Array[], signal: AbortSignal): Promise<void>
}

export function direct(source: DirectSource): (components: { network: Network; clock: Clock }) => Direct {
  return ({ network, clock }) => {
    const maxFrameBytes = limits.consensusBytes
    let unhandle: (() => void) | undefined
    return {
      start() {
        unhandle = network.streams.handle(protocols.consensus, {
          maxFrameBytes,
          overRelay: true,
          async serve(stream) {
            const limit = deadline(clock, deliveryMs)
            try {
              await receive(stream, source, limit.signal)
            } finally {
              limit.clear()
            }
          },
        })
      },
      stop: () => unhandle?.(),
      async send(to, task, messages, signal) {
        const limit = deadline(clock, deliveryMs, signal)
        try {
          const stream = await network.streams.open(to, protocols.consensus, { signal: limit.signal, maxFrameBytes })
          await stream.send(hexToBytes(task))
          for (const message of messages.slice(0, mostMessages)) await stream.send(message)
          await stream.close()
        } finally {
          limit.clear()
        }
      },
    }
  }
}

async function receive(stream: FrameStream, source: DirectSource, signal: AbortSignal): Promise<void> {
  const first = await stream.receive(signal)
  if (first === undefined) return
  const task = bytesToHex(first)
  if (!isHash(task)) return source.onMisbehaviour(stream.peer)
  for (let received = 0; received < mostMessages; received++) {
    const bytes = await stream.receive(signal)
    if (bytes === undefined) return
    if (!source.onMessage(task as TaskId, bytes, stream.peer)) return source.onMisbehaviour(stream.peer)
  }
}
