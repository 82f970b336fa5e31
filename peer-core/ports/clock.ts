/** Time as a port: real in a tab and on a server, virtual and seeded in tests and in the simulator. @module */
export interface Clock {
  /** whole milliseconds since 1970-01-01 UTC */
  now(): number
  /** Calls once, `ms` from now. @returns cancels it; calling it later does nothing */
  after(ms: number, call: () => void): () => void
}

/** @throws {DOMException} `AbortError` when `signal` aborts first */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = () => {
      cancel()
      reject(signal?.reason)
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** A signal that aborts `ms` from now with a `TimeoutError`, or as soon as `parent` does. `clear` frees its timer. */
export function deadline(clock: Clock, ms: number, parent?: AbortSignal): { signal: AbortSignal; clear: () => void } {
  const { controller, leave } = following(parent === undefined ? [] : [parent])
  const cancel = clock.after(ms, () => controller.abort(new DOMException(`no answer within ${ms} ms`, 'TimeoutError')))
  const clear = () => {
    cancel()
    leave()
  }
  return { signal: controller.signal, clear }
}

/**
 * A signal that aborts as soon as one of `signals` does; `clear` no longer listens to them. It is garbage when they are: what
 * `AbortSignal.any` makes, Node keeps for as long as anybody listens to it.
 */
export function either(...signals: readonly AbortSignal[]): { signal: AbortSignal; clear: () => void } {
  const { controller, leave } = following(signals)
  return { signal: controller.signal, clear: leave }
}

function following(signals: readonly AbortSignal[]): { controller: AbortController; leave: () => void } {
  const controller = new AbortController()
  const leaving = signals.map((signal) => {
    const onAbort = () => controller.abort(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    return () => signal.removeEventListener('abort', onAbort)
  })
  return {
    controller,
    leave: () => {
      for (const stop of leaving) stop()
    },
  }
}

export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, call) {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
}
