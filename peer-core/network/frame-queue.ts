/** Frames that arrived and readers that wait, whichever comes first. @module */

export interface FrameQueue {
  push(frame: Uint8Array): void
  /** No more frames will come; those that are here can still be read. */
  end(): void
  /** Readers fail now and from now on; what was not read is dropped. */
  fail(reason: unknown): void
  receive(signal?: AbortSignal): Promise<Uint8Array | undefined>
  readonly waiting: number
}

interface Reader {
  give(frame: Uint8Array | undefined): void
  fail(reason: unknown): void
}

/** @param onRead - called with each frame as it is handed to a reader */
export function createFrameQueue(onRead: (frame: Uint8Array) => void = () => {}): FrameQueue {
  const frames: Uint8Array[] = []
  const readers: Reader[] = []
  let ended = false
  let failure: { reason: unknown } | undefined

  return {
    push(frame) {
      if (failure !== undefined) return
      const reader = readers.shift()
      if (reader === undefined) {
        frames.push(frame)
        return
      }
      onRead(frame)
      reader.give(frame)
    },
    end() {
      ended = true
      for (const reader of readers.splice(0)) reader.give(undefined)
    },
    fail(reason) {
      failure ??= { reason }
      frames.length = 0
      for (const reader of readers.splice(0)) reader.fail(reason)
    },
    async receive(signal) {
      signal?.throwIfAborted()
      if (failure !== undefined) throw failure.reason
      const frame = frames.shift()
      if (frame !== undefined) {
        onRead(frame)
        return frame
      }
      if (ended) return undefined
      return new Promise<Uint8Array | undefined>((resolve, reject) => {
        const forget = () => signal?.removeEventListener('abort', onAbort)
        const reader: Reader = {
          give(given) {
            forget()
            resolve(given)
          },
          fail(reason) {
            forget()
            reject(reason)
          },
        }
        const onAbort = () => {
          readers.splice(readers.indexOf(reader), 1)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        readers.push(reader)
      })
    },
    get waiting() {
      return readers.length
    },
  }
}
