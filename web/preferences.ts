/**
 * What the page remembers on this device, besides the peer's own stores: which task this person agreed to contribute to.
 * Pausing and leaving forget it, so that a reload carries on only what was going on.
 * @module
 */
import type { TaskId } from './peer.ts'

export interface Preferences {
  contributingTo(): TaskId | undefined
  setContributingTo(task: TaskId | undefined): void
}

const key = 'zen-mesh/contributing-to'

/** A browser that denies storage only forgets: reading gives `undefined` and writing does nothing. */
export function localPreferences(storage: () => Storage = () => localStorage): Preferences {
  return {
    contributingTo() {
      try {
        return (storage().getItem(key) ?? undefined) as TaskId | undefined
      } catch {
        return undefined
      }
    },
    setContributingTo(task) {
      try {
        if (task === undefined) storage().removeItem(key)
        else storage().setItem(key, task)
      } catch {
        // Denied or full: the next load asks again.
      }
    },
  }
}
