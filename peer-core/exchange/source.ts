/**
 * One provider during one fetch: keeps a window of WANTs under way on one stream and checks what comes back.
 * @module
 */
import { type Hash, type PeerId, second, sha256 } from '../foundation/index.ts'
import { abortable, type Clock, deadline, type FrameStream, type Streams } from '../ports/index.ts'
import { limits, protocols } from '../wire/index.ts'
import type { Misbehaviour } from './errors.ts'
import { decodeFrame, encodeFrame } from './frames.ts'
import { chunkWindow } from './window.ts'

/** A provider that sends nothing it owes for this long is given up. */
const stallMs = 5 * second

/** Chunks that may be on their way into the store: the next ones come meanwhile. */
const mostStoring = 16

/** What a source works on: chunks to ask for, and where they go. */
export interface ChunkQueue {
  /** The next chunk this source should ask for; `undefined` when nothing is left for it now. */
  take(source: PeerId): Hash | undefined
  /** A checked chunk. Ends when it is stored, or could not be. */
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
  const storing = new Set<Promise<void>>()
  const inTime = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const stall = deadline(clock, stallMs, signal)
    try {
      return await work(stall.signal)
    } finally {
      stall.clear()
    }
  }
  try {
    const { exchangeFrameBytes: maxFrameBytes } = limits
    const open = await inTime((stall) =>
      context.streams.open(peer, protocols.exchange, { signal: stall, maxFrameBytes }),
    )
    stream = open
    const window = chunkWindow()
    while (!queue.done && !signal.aborted) {
      while (owed.size < window.size) {
        const hash = queue.take(peer)
        if (hash === undefined) break
        owed.set(hash, clock.now())
        const want = open.send(encodeFrame({ kind: 'want', hash }))
        await inTime((stall) => abortable(want, stall))
      }
      if (owed.size === 0) {
        if (queue.exhausted(peer)) return undefined
        await queue.changed()
        continue
      }
      const bytes = await inTime((stall) => open.receive(stall))
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
      const stored = queue.got(peer, frame.hash, frame.bytes).finally(() => storing.delete(stored))
      storing.add(stored)
      if (storing.size >= mostStoring) await Promise.race(storing)
    }
  } catch {
    // Unreachable, stalled, closed or aborted: what it owed goes back to the others.
  } finally {
    for (const hash of owed.keys()) queue.missing(peer, hash)
    // The other end may take its time to acknowledge it: what was fetched is here.
    if (owed.size === 0) void stream?.close().catch(() => undefined)
    else stream?.abort(new Error('fetch ended'))
    await Promise.all(storing)
  }
  return undefined
}
