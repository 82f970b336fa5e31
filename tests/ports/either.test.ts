import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { either } from '../../peer-core/ports/index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

describe('either', () => {
  it.each([0, 1])('aborts with the reason of signal %i, also where that aborted before', (which) => {
    const controllers = [new AbortController(), new AbortController()]
    const before = either(...controllers.map(({ signal }) => signal))
    controllers[which]!.abort(new Error('enough'))
    controllers[1 - which]!.abort(new Error('too late'))
    expect(before.signal.reason).toEqual(new Error('enough'))
    const signals = [new AbortController().signal, AbortSignal.abort(new Error('at once'))]
    expect(either(...signals).signal.reason).toEqual(new Error('at once'))
  })

  it('hears nothing any more once it is cleared', () => {
    const controller = new AbortController()
    const { signal, clear } = either(controller.signal)
    clear()
    controller.abort()
    expect(signal.aborted).toBe(false)
  })

  it('is garbage with those it listens to, whoever listens to it', async () => {
    const abandoned = () => {
      const { signal } = either(new AbortController().signal, new AbortController().signal)
      signal.addEventListener('abort', () => undefined)
      return new WeakRef(signal)
    }
    const left = abandoned()
    // What a WeakRef was asked for stays until the end of the turn.
    await new Promise((resolve) => setTimeout(resolve))
    collectGarbage()
    expect(left.deref()).toBeUndefined()
  })
})
