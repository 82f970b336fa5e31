/**
 * One tab of a browser profile trains, not several: they would share one identity and one store.
 *
 * The tab that trains holds a Web Lock. A tab that takes over asks it by `BroadcastChannel` to stop cleanly, and steals
 * the lock when there is no answer, as from a tab that the browser has frozen.
 * @module
 */
import { second } from '../peer-core/index.ts'

const lockName = 'zen-mesh/peer'
const channelName = 'zen-mesh/tabs'

export interface Tenancy {
  /** Lets another tab have it; safe to call twice. */
  release(): void
}

export interface TabLock {
  /**
   * @param takeOver - whether a tab that holds it must give way
   * @param onLost - stops the peer; the next tab waits until it has resolved
   * @returns `undefined` when another tab holds it and is not to give way
   */
  acquire(options: { takeOver: boolean; onLost: () => Promise<void> }): Promise<Tenancy | undefined>
}

/** What is used of `LockManager`. */
export interface Locks {
  request(name: string, options: LockOptions, call: (lock: unknown) => Promise<void> | undefined): Promise<unknown>
}

/**
 * @param locks - absent outside secure contexts: then nothing is locked, and every tab may train
 * @param patienceMs - how long a tab that is asked to give way may take
 */
export function tabLock(
  locks: Locks | undefined = globalThis.navigator?.locks,
  patienceMs: number = 5 * second,
): TabLock {
  return {
    async acquire({ takeOver, onLost }) {
      if (locks === undefined) return { release() {} }
      if (!takeOver) return hold(locks, { ifAvailable: true }, onLost)
      const channel = new BroadcastChannel(channelName)
      channel.postMessage('give way')
      channel.close()
      const signal = AbortSignal.timeout(patienceMs)
      return hold(locks, { signal }, onLost).catch((error: unknown) => {
        if (!signal.aborted) throw error
        return hold(locks, { steal: true }, onLost)
      })
    },
  }
}

/** Resolves once the lock is granted or refused; the lock itself lasts until `release` or until it is taken away. */
function hold(locks: Locks, options: LockOptions, onLost: () => Promise<void>): Promise<Tenancy | undefined> {
  return new Promise((resolve, reject) => {
    let granted = false
    let over = false
    const release = Promise.withResolvers<void>()
    const channel = new BroadcastChannel(channelName)
    const finish = () => {
      over = true
      channel.close()
      release.resolve()
    }
    const giveWay = () => {
      if (over) return
      over = true
      channel.close()
      onLost().finally(release.resolve)
    }
    channel.onmessage = () => granted && giveWay()
    locks
      .request(lockName, options, (lock) => {
        if (lock === null) {
          finish()
          resolve(undefined)
          return undefined
        }
        granted = true
        resolve({ release: finish })
        return release.promise
      })
      .catch((error: unknown) => {
        // After it was granted, a rejection says that another tab stole it.
        if (granted) return giveWay()
        finish()
        reject(error)
      })
  })
}
