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

  it('remembers of each of the last tasks what was measured on it', () => {
    const storage = memoryStorage()
    const kept = localPreferences(() => storage, 'a browser')
    kept.setMeasuredEngine('webgpu', 'a small model')
    kept.setMeasuredEngine('wasm', 'a task')
    expect([kept.measuredEngine('a small model'), kept.measuredEngine()]).toEqual(['webgpu', 'wasm'])
    kept.setMeasuredEngine('cpu', 'a small model')
    expect([kept.measuredEngine('a small model'), kept.measuredEngine()]).toEqual(['cpu', 'cpu'])
    kept.setMeasuredEngine(undefined, 'a small model')
    expect([kept.measuredEngine('a small model'), kept.measuredEngine()]).toEqual([undefined, 'wasm'])
    for (let i = 0; i < 100; i++) kept.setMeasuredEngine('webgpu', `task ${i}`)
    expect([kept.measuredEngine('a task'), kept.measuredEngine('task 68')]).toEqual([undefined, 'webgpu'])
    expect(kept.measuredEngine('task 67')).toBeUndefined()
  })

  it('takes nothing that is no engine, and does without storage', () => {
    const storage = memoryStorage()
    storage.setItem('zen-mesh/engine', 'abacus')
    storage.setItem('zen-mesh/measured-engines', 'a browser\nabacus a task\n')
    const preferences = localPreferences(() => storage, 'a browser')
    expect([preferences.engine(), preferences.measuredEngine()]).toEqual(['auto', undefined])
    const denied = localPreferences(() => {
      throw new Error('denied')
    }, 'a browser')
    denied.setEngine('cpu')
    expect(denied.engine()).toBe('auto')
  })
})
