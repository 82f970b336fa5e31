import { describe, expect, it } from 'vitest'
import type { RemoteTrainerOptions } from '../../../peer-core/learning/worker/remote-trainer.ts'
import { closedFormTrainer } from '../../../peer-core/testing/closed-form-trainer.ts'
import type { EngineName, TaskId } from '../../../web/peer.ts'
import type { ChosenEngine, EngineChoice, Preferences } from '../../../web/preferences.ts'
import { chooseTrainer, type ToTrain } from '../../../web/worker/choose-trainer.ts'
import { spec, taskId } from '../fake-peer.ts'

function chooser(engine: EngineChoice) {
  const asked: RemoteTrainerOptions[] = []
  let giveUp: RemoteTrainerOptions['onGivenUp']
  let measured: [name: string | undefined, on: string] | undefined
  const preferences: Preferences = {
    contributingTo: () => undefined,
    setContributingTo() {},
    engine: () => engine,
    setEngine() {},
    measuredEngine: (on) => (measured?.[1] === on ? (measured?.[0] as ChosenEngine) : undefined),
    setMeasuredEngine: (name, on) => (measured = [name, on]),
  }
  const create = async ({ onGivenUp, ...options }: RemoteTrainerOptions) => {
    asked.push(options)
    giveUp = onGivenUp
    return { ...closedFormTrainer(), engine: { name: 'wasm', detail: 'test' } as const }
  }
  const choose = (task?: ToTrain) => chooseTrainer(preferences, create, task)
  const lose = (lost: EngineName, next: EngineName) => giveUp?.(lost, { name: next, detail: 'test' })
  return { choose, lose, asked, measured: () => measured }
}

describe('chooseTrainer', () => {
  it('measures a task’s own model once, and remembers', async () => {
    const { choose, asked } = chooser('auto')
    const task = { id: taskId, spec }
    await choose(task)
    await choose(task)
    await choose({ id: 'another' as TaskId, spec })
    const probe = { model: spec.model, batchSize: 32 }
    expect(asked).toEqual([
      { engine: 'auto', probe, remembered: undefined },
      { engine: 'auto', probe, remembered: 'wasm' },
      { engine: 'auto', probe, remembered: undefined },
    ])
  })

  it('measures a small model where the task’s is too large to be tried, or not known', async () => {
    const { choose, asked } = chooser('auto')
    await choose({ id: taskId, spec: { ...spec, training: { ...spec.training, batchSize: 65_536 } } })
    await choose()
    expect(asked).toEqual([
      { engine: 'auto', probe: undefined, remembered: undefined },
      { engine: 'auto', probe: undefined, remembered: 'wasm' },
    ])
  })

  it('remembers what took the place of an engine that was given up, but for the last resort', async () => {
    const { choose, lose, asked } = chooser('auto')
    const task = { id: taskId, spec }
    await choose(task)
    lose('wasm', 'webgpu')
    await choose(task)
    lose('webgpu', 'cpu')
    await choose(task)
    expect(asked.map(({ remembered }) => remembered)).toEqual([undefined, 'webgpu', undefined])
  })

  it('takes the engine that a person chose, and remembers nothing of it', async () => {
    const { choose, asked, measured } = chooser('cpu')
    await choose()
    expect(asked).toEqual([{ engine: 'cpu' }])
    expect(measured()).toBeUndefined()
  })
})
