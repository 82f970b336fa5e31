/** The giving side of the exchange: answers each WANT with the chunk or MISSING, one after another. @module */

import { second } from '../foundation/index.ts'
import type { BlobStore, Clock, FrameStream } from '../ports/index.ts'
import { deadline } from '../ports/index.ts'
import type { Misbehaviour } from './errors.ts'
import { decodeFrame, encodeFrame } from './frames.ts'

/** A taker that asks for nothing, or takes nothing, for this long is hung up on. */
const idleMs = 15 * second
/** Asking on and on for what is not here is no taking. */
const mostMissing = 4_096

export interface ServeContext {
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly signal: AbortSignal
  onMisbehaviour(what: Misbehaviour): void
  /** A chunk was given: of all the takers this one was served last. */
  onServed(): void
}

export async function serveChunks(stream: FrameStream, context: ServeContext): Promise<void> {
  for (let missing = 0; missing < mostMissing; ) {
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
    if (chunk === undefined) missing++
    else context.onServed()
    // One at a time, each awaited: what a slow taker has asked for waits in its own queue, not in our memory.
    const cancel = context.clock.after(idleMs, () => stream.abort(new Error('the taker takes nothing')))
    try {
      await stream.send(
        encodeFrame(chunk ? { kind: 'chunk', hash: frame.hash, bytes: chunk } : { kind: 'missing', hash: frame.hash }),
      )
    } finally {
      cancel()
    }
  }
  await stream.close()
}
