/** The giving side of the exchange: answers each WANT with the chunk or MISSING, one after another. @module */

import { second } from '../foundation/index.ts'
import type { BlobStore, Clock, FrameStream } from '../ports/index.ts'
import { deadline } from '../ports/index.ts'
import type { Misbehaviour } from './errors.ts'
import { decodeFrame, encodeFrame } from './frames.ts'

/** A taker that asks for nothing for this long is hung up on. */
const idleMs = 60 * second

export interface ServeContext {
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly signal: AbortSignal
  onMisbehaviour(what: Misbehaviour): void
}

export async function serveChunks(stream: FrameStream, context: ServeContext): Promise<void> {
  for (;;) {
    const idle = deadline(context.clock, idleMs, context.signal)
    let bytes: Uint8Array | undefined
    try {
      bytes = await stream.receive(idle.signal)
    } finally {
      idle.clear()
    }
    if (bytes === undefined) return stream.close()
    const frame = decodeFrame(bytes)
    if (frame?.kind !== 'want') {
      context.onMisbehaviour({ peer: stream.peer, what: 'malformed' })
      return stream.abort(new Error('not a WANT frame'))
    }
    const chunk = await context.blobs.get(frame.hash)
    // One at a time, each awaited: what a slow taker has asked for waits in its own queue, not in our memory.
    await stream.send(
      encodeFrame(chunk ? { kind: 'chunk', hash: frame.hash, bytes: chunk } : { kind: 'missing', hash: frame.hash }),
    )
  }
}
