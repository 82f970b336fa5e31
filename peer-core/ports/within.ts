/** A store's call with a deadline, for engines that have none of their own. @module */
import type { Clock } from './clock.ts'
import { StoreError } from './errors.ts'

/**
 * `work`'s result, if it comes in time. Late work is not undone, so it must be safe to repeat.
 * @throws {@link StoreError} `UNAVAILABLE` after `ms`
 */
export async function within<T>(clock: Clock, ms: number, operation: string, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const cancel = clock.after(ms, () => late.reject(new StoreError({ code: 'UNAVAILABLE', operation, afterMs: ms })))
  try {
    return await Promise.race([work, late.promise])
  } finally {
    cancel()
  }
}
