/**
 * A stream between two peers of a memory mesh: frames arrive in order after the link's delay, wait while the link is cut,
 * and a sender waits while too many of its bytes are unread.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import { NetworkError } from '../../network/errors.ts'
import { createFrameQueue } from '../../network/frame-queue.ts'
import type { Clock, FrameStream } from '../../ports/index.ts'

/** A sender waits above it, as on a real stream whose buffers are full. */
const unreadBytesLimit = 1024 * 1024
/** how often a cut link is tried again */
const retryMs = 100

type Item = { readonly frame: Uint8Array } | { readonly end: true } | { readonly reset: Error }

export interface StreamWorld {
  readonly clock: Clock
  delayMs(from: PeerId, to: PeerId, bytes: number): number
  passes(from: PeerId, to: PeerId): boolean
  /** counts a frame at one end */
  count(peer: PeerId, way: 'sent' | 'received', bytes: number): void
}

/** One end. What only the mesh may call is not in {@link FrameStream}. */
export interface StreamEnd extends FrameStream {
  /** The connection below is gone: no word to the other end, which learns it in its own time. */
  fail(reason: Error): void
  readonly done: boolean
}

interface EndInit {
  readonly self: PeerId
  readonly peer: PeerId
  readonly maxFrameBytes: number
  readonly onDone: (end: StreamEnd) => void
}

export function createStreamPair(world: StreamWorld, left: EndInit, right: EndInit): [StreamEnd, StreamEnd] {
  const a = createEnd(world, left)
  const b = createEnd(world, right)
  a.wire(createPipe(world, left.self, right.self, b))
  b.wire(createPipe(world, right.self, left.self, a))
  a.onRead(b.drained)
  b.onRead(a.drained)
  return [a.end, b.end]
}

type Pipe = (item: Item) => void

/** One direction. Arrival times never decrease, so that frames stay in order whatever the jitter. */
function createPipe(
  world: StreamWorld,
  from: PeerId,
  to: PeerId,
  receiver: { take(item: Item): void; readonly end: StreamEnd },
): Pipe {
  const { clock } = world
  const queue: Item[] = []
  let lastArrival = 0
  const deliverNext = () => {
    if (receiver.end.done) return
    if (!world.passes(from, to)) {
      clock.after(retryMs, deliverNext)
      return
    }
    const item = queue.shift()
    if (item !== undefined) receiver.take(item)
  }
  return (item) => {
    queue.push(item)
    const now = clock.now()
    const bytes = 'frame' in item ? item.frame.length : 0
    lastArrival = Math.max(lastArrival, now + world.delayMs(from, to, bytes))
    clock.after(lastArrival - now, deliverNext)
  }
}

function createEnd(world: StreamWorld, init: EndInit) {
  const queue = createFrameQueue((frame) => told(frame.length))
  const writers: { resume(): void; fail(reason: Error): void }[] = []
  let pipe: Pipe = () => {}
  let told: (bytes: number) => void = () => {}
  let unread = 0
  let ended = false
  let remoteEnded = false
  let failure: Error | undefined
  let done = false

  const finishIfDone = () => {
    if (done || !(failure !== undefined || (ended && remoteEnded))) return
    done = true
    init.onDone(end)
  }
  const fail = (reason: Error) => {
    if (failure !== undefined || done) return
    failure = reason
    queue.fail(reason)
    for (const writer of writers.splice(0)) writer.fail(reason)
    finishIfDone()
  }
  const take = (item: Item) => {
    if (failure !== undefined) return
    if ('reset' in item) return fail(item.reset)
    if ('end' in item) {
      remoteEnded = true
      queue.end()
      return finishIfDone()
    }
    const { frame } = item
    world.count(init.self, 'received', frame.length)
    if (frame.length > init.maxFrameBytes) end.abort(tooLarge(frame.length))
    else queue.push(frame)
  }
  const tooLarge = (bytes: number) => new NetworkError({ code: 'FRAME_TOO_LARGE', bytes, limit: init.maxFrameBytes })
  const over = (reason: string) => new NetworkError({ code: 'STREAM_ENDED', peer: init.peer, reason })

  const end: StreamEnd = {
    peer: init.peer,
    path: 'memory',
    fail,
    get done() {
      return done
    },
    async send(frame) {
      if (failure !== undefined) throw failure
      if (ended) throw over('closed by us')
      if (frame.length > init.maxFrameBytes) {
        const error = tooLarge(frame.length)
        end.abort(error)
        throw error
      }
      unread += frame.length
      world.count(init.self, 'sent', frame.length)
      pipe({ frame: frame.slice() })
      if (unread <= unreadBytesLimit) return
      await new Promise<void>((resolve, reject) => writers.push({ resume: resolve, fail: reject }))
    },
    receive: queue.receive,
    async close() {
      if (ended || failure !== undefined) return
      ended = true
      pipe({ end: true })
      finishIfDone()
    },
    abort(reason) {
      if (failure !== undefined || done) return
      pipe({ reset: over('reset by the other end') })
      fail(reason)
    },
  }
  return {
    end,
    take,
    wire: (next: Pipe) => {
      pipe = next
    },
    onRead: (call: (bytes: number) => void) => {
      told = call
    },
    drained: (bytes: number) => {
      unread -= bytes
      if (unread <= unreadBytesLimit) for (const writer of writers.splice(0)) writer.resume()
    },
  }
}
