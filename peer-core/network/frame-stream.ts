/**
 * A libp2p stream as a {@link FrameStream}: each frame has its length in front as an unsigned varint (multiformats), which
 * is read and checked before a byte of the frame is.
 *
 * At most {@link unreadBytes} wait unread: neither WebRTC nor yamux stops a sender in time, so that a protocol bounds what
 * it has in flight, and a peer that does not is cut off.
 * @module
 */
import type { Stream } from '@libp2p/interface'
import { lpStream } from '@libp2p/utils'
import { varint } from 'multiformats'
import { MiB, messageOf, type PeerId, second } from '../foundation/index.ts'
import type { FrameStream, Path } from '../ports/index.ts'
import { NetworkError } from './errors.ts'
import { createFrameQueue } from './frame-queue.ts'

/** beyond what {@link FrameStream.receive} has asked for */
const unreadBytes = 4 * MiB
/** WebRTC waits for the other end to acknowledge a close; a dead one never does. */
const closeMs = 5 * second

export function frameStream(stream: Stream, peer: PeerId, path: Path, maxFrameBytes: number): FrameStream {
  let insideFrame = false
  let announced = 0
  const frames = lpStream(stream, {
    maxDataLength: maxFrameBytes,
    maxBufferSize: Math.max(unreadBytes, 2 * maxFrameBytes),
    lengthDecoder(bytes) {
      insideFrame = true
      announced = varint.decode(bytes.subarray())[0]
      return announced
    },
  })
  const queue = createFrameQueue()
  let remoteClosed = stream.remoteWriteStatus === 'closed' && stream.status === 'open'
  let failure: Error | undefined
  let closed = false
  let reading = false

  const ended = (reason: string, cause?: unknown) =>
    new NetworkError({ code: 'STREAM_ENDED', peer, reason }, undefined, { cause })
  const tooLarge = (bytes: number) => new NetworkError({ code: 'FRAME_TOO_LARGE', bytes, limit: maxFrameBytes })

  const fail = (reason: Error) => {
    failure ??= reason
    queue.fail(failure)
  }
  const abort = (reason: Error) => {
    if (failure !== undefined) return
    fail(reason)
    stream.abort(reason)
  }

  stream.addEventListener('remoteCloseWrite', () => {
    remoteClosed = true
  })
  stream.addEventListener('close', (event) => {
    if (event.error !== undefined) fail(ended(event.error.message, event.error))
  })

  const readFrame = async (): Promise<Uint8Array | undefined> => {
    insideFrame = false
    try {
      return (await frames.read()).slice()
    } catch (error) {
      if (failure !== undefined) throw failure
      const name = error instanceof Error ? error.name : ''
      if (name === 'InvalidDataLengthError' || name === 'InvalidDataLengthLengthError') throw tooLarge(announced)
      if (name === 'UnexpectedEOFError') {
        if (!insideFrame && remoteClosed) return undefined
        throw ended(insideFrame ? 'cut off inside a frame' : 'the connection closed', error)
      }
      throw ended(messageOf(error), error)
    }
  }

  /** Reads only while somebody waits for a frame, so that what is not wanted stays below, where it is bounded. */
  const read = async () => {
    if (reading) return
    reading = true
    try {
      while (queue.waiting > 0) {
        const frame = await readFrame()
        if (frame !== undefined) queue.push(frame)
        else queue.end()
      }
    } catch (error) {
      abort(error as Error)
    } finally {
      reading = false
    }
  }

  return {
    peer,
    path,
    async send(frame) {
      if (failure !== undefined) throw failure
      if (closed) throw ended('closed by us')
      if (frame.length > maxFrameBytes) {
        abort(tooLarge(frame.length))
        throw failure
      }
      try {
        await frames.write(frame)
      } catch (error) {
        throw failure ?? ended(messageOf(error), error)
      }
    },
    receive(signal) {
      const frame = queue.receive(signal)
      void read()
      return frame
    },
    async close() {
      if (closed || failure !== undefined) return
      closed = true
      try {
        await stream.close({ signal: AbortSignal.timeout(closeMs) })
      } catch (error) {
        abort(ended('not closed in time', error))
      }
    },
    abort,
  }
}
