/**
 * One provider during one fetch: keeps a window of WANTs under way on one stream and checks what comes back.
 * @module
 */
import { type Hash, type PeerId, second, sha256 } from '../foundation/index.ts'
import { type Clock, deadline, type FrameStream, type Streams } from '../ports/index.ts'
import { limits, protocols } from '../wire/index.ts'
import type { Misbehaviour } from './errors.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { chunkWindow } from './window.ts'

/** A provider that sends nothing it owes for this long is given up. */
const stallMs = 5 * second

/** What a source works on: chunks to ask for, and where they go. */
export interface ChunkQueue {
  /** The next chunk this source should ask for; `undefined` when nothing is left for it now. */
  take(source: PeerId): Hash | undefined
  /** A checked chunk. */
  got(source: PeerId, hash: Hash, bytes: Uint8Array): Promise<void>
  /** The source does not have it. */
  missing(source: PeerId, hash: Hash): void
  /** The source has refused all that is left: nothing will come of it. */
  exhausted(source: PeerId): boolean
  /** Resolves when `take` may give something new, or when all is done. */
  changed(): Promise<void>
  readonly done: boolean
}

/** Runs until the queue is done, the source is of no more use, or `signal` aborts. Never rejects. */
export async function runSource(
  peer: PeerId,
  queue: ChunkQueue,
  context: { streams: Streams; clock: Clock; signal: AbortSignal },
): Promise<Misbehaviour | undefined> {
  const { clock, signal } = context
  let stream: FrameStream | undefined
  const owed = new Map<Hash, number>()
  try {
    const opening = deadline(clock, stallMs, signal)
    try {
      stream = await context.streams.open(peer, protocols.exchange, {
        signal: opening.signal,
        maxFrameBytes: limits.exchangeFrameBytes,
      })
    } finally {
      opening.clear()
    }
    const window = chunkWindow()
    while (!queue.done && !signal.aborted) {
      while (owed.size < window.size) {
        const hash = queue.take(peer)
        if (hash === undefined) break
        owed.set(hash, clock.now())
        await stream.send(encodeFrame({ kind: 'want', hash }))
      }
      if (owed.size === 0) {
        if (queue.exhausted(peer)) return undefined
        await queue.changed()
        continue
      }
      const stall = deadline(clock, stallMs, signal)
      let bytes: Uint8Array | undefined
      try {
        bytes = await stream.receive(stall.signal)
      } finally {
        stall.clear()
      }
      if (bytes === undefined) return undefined
      const frame = decodeFrame(bytes)
      const asked = frame && owed.get(frame.hash)
      if (frame === undefined || frame.kind === 'want' || asked === undefined) return { peer, what: 'malformed' }
      if (frame.kind === 'missing') {
        owed.delete(frame.hash)
        queue.missing(peer, frame.hash)
        continue
      }
      if (sha256(frame.bytes) !== frame.hash) return { peer, what: 'wrong-hash' }
      owed.delete(frame.hash)
      window.arrived(clock.now() - asked)
      await queue.got(peer, frame.hash, frame.bytes)
    }
  } catch {
    // Unreachable, stalled, closed or aborted: what it owed goes back to the others.
  } finally {
    for (const hash of owed.keys()) queue.missing(peer, hash)
    if (owed.size === 0) await stream?.close().catch(() => undefined)
    else stream?.abort(new Error('fetch ended'))
  }
  return undefined
}
