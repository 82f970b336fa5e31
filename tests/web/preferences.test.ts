import { describe, expect, it } from 'vitest'
import type { TaskId } from '../../web/peer.ts'
import { localPreferences } from '../../web/preferences.ts'

function memoryStorage(): Storage {
  const kept = new Map<string, string>()
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage
}

describe('localPreferences', () => {
  it('remembers task and engine, and forgets them when asked', () => {
    const storage = memoryStorage()
    const before = localPreferences(() => storage, 'a browser')
    expect([before.contributingTo(), before.engine(), before.measuredEngine()]).toEqual([undefined, 'auto', undefined])
    before.setContributingTo('task' as TaskId)
    before.setEngine('cpu')
    before.setMeasuredEngine('wasm', 'a task')
    const after = localPreferences(() => storage, 'a browser')
    expect([after.contributingTo(), after.engine(), after.measuredEngine()]).toEqual(['task', 'cpu', 'wasm'])
    after.setContributingTo(undefined)
    after.setEngine('auto')
    expect([before.contributingTo(), before.engine()]).toEqual([undefined, 'auto'])
  })

  it('trusts a measurement in the same version of the same browser only, and of that task', () => {
    const storage = memoryStorage()
    localPreferences(() => storage, 'browser 1').setMeasuredEngine('webgpu', 'a task')
    expect(localPreferences(() => storage, 'browser 1').measuredEngine()).toBe('webgpu')
    expect(localPreferences(() => storage, 'browser 2').measuredEngine()).toBeUndefined()
    expect(localPreferences(() => storage, 'browser 1').measuredEngine('a task')).toBe('webgpu')
    expect(localPreferences(() => storage, 'browser 1').measuredEngine('another')).toBeUndefined()
  })

  it('takes nothing that is no engine, and does without storage', () => {
    const storage = memoryStorage()
    storage.setItem('zen-mesh/engine', 'abacus')
    storage.setItem('zen-mesh/measured-engine', 'abacus\na browser')
    const preferences = localPreferences(() => storage, 'a browser')
    expect([preferences.engine(), preferences.measuredEngine()]).toEqual(['auto', undefined])
    const denied = localPreferences(() => {
      throw new Error('denied')
    }, 'a browser')
    denied.setEngine('cpu')
    expect(denied.engine()).toBe('auto')
  })
})
