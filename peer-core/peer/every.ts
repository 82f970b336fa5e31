/** A call that repeats on the port's clock. @module */
import type { Clock } from '../ports/index.ts'

/** Calls every `ms`, the first time after `ms`. @returns stops it */
export function every(clock: Clock, ms: number, call: () => void): () => void {
  let cancel = clock.after(ms, tick)
  function tick() {
    cancel = clock.after(ms, tick)
    call()
  }
  return () => cancel()
}
