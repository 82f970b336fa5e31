import { describe, expect, it } from 'vitest'
import { type Locks, tabLock } from '../../web/single-tab.ts'

/** One lock, by the Web Locks API's rules as far as they are used. */
function memoryLocks(): Locks {
  let holder: { promise: Promise<unknown>; steal: (error: Error) => void } | undefined
  const grant = (call: Parameters<Locks['request']>[2]) =>
    new Promise<unknown>((resolve, reject) => {
      const promise = Promise.resolve(call({}))
      const mine = { promise, steal: reject }
      holder = mine
      void promise.then(() => {
        if (holder === mine) holder = undefined
        resolve(undefined)
      })
    })
  return {
    async request(_, { ifAvailable, steal, signal }, call) {
      if (holder === undefined) return grant(call)
      if (ifAvailable) return call(null)
      if (steal) {
        holder.steal(new DOMException('stolen', 'AbortError'))
        return grant(call)
      }
      const aborted = new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
      )
      await Promise.race([holder.promise, aborted])
      return grant(call)
    },
  }
}

const never = async () => {}

describe('tabLock', () => {
  it('is held by one tab at a time', async () => {
    const locks = memoryLocks()
    const first = await tabLock(locks).acquire({ takeOver: false, onLost: never })
    expect(await tabLock(locks).acquire({ takeOver: false, onLost: never })).toBeUndefined()
    first!.release()
    first!.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await tabLock(locks).acquire({ takeOver: false, onLost: never })).toBeDefined()
  })

  it('goes to a tab that asks only when the other has stopped', async () => {
    const locks = memoryLocks()
    const happened: string[] = []
    await tabLock(locks).acquire({
      takeOver: false,
      async onLost() {
        happened.push('asked to stop')
        await new Promise((resolve) => setImmediate(resolve))
        happened.push('stopped')
      },
    })
    const second = await tabLock(locks).acquire({ takeOver: true, onLost: never })
    happened.push('taken over')
    expect(happened).toEqual(['asked to stop', 'stopped', 'taken over'])
    second!.release()
  })

  it('is taken from a tab that does not answer, which learns of it once', async () => {
    const locks = memoryLocks()
    let asked = 0
    await tabLock(locks).acquire({
      takeOver: false,
      onLost() {
        asked += 1
        return new Promise(() => {})
      },
    })
    expect(await tabLock(locks, 1).acquire({ takeOver: true, onLost: never })).toBeDefined()
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked).toBe(1)
  })

  it('lets every tab train where a browser has no locks', async () => {
    expect(await tabLock(undefined).acquire({ takeOver: false, onLost: never })).toBeDefined()
  })
})
