import { describe, expect, it } from 'vitest'
import type { TrainerOptions } from '../../../peer-core/learning/engines.ts'
import { closedFormTrainer } from '../../../peer-core/testing/closed-form-trainer.ts'
import type { TaskId } from '../../../web/peer.ts'
import type { ChosenEngine, EngineChoice, Preferences } from '../../../web/preferences.ts'
import { chooseTrainer, type ToTrain } from '../../../web/worker/choose-trainer.ts'
import { spec, taskId } from '../fake-peer.ts'

function chooser(engine: EngineChoice) {
  const asked: TrainerOptions[] = []
  let measured: [name: string, on: string] | undefined
  const preferences: Preferences = {
    contributingTo: () => undefined,
    setContributingTo() {},
    engine: () => engine,
    setEngine() {},
    measuredEngine: (on) => (measured?.[1] === on ? (measured?.[0] as ChosenEngine) : undefined),
    setMeasuredEngine: (name, on) => (measured = [name, on]),
  }
  const create = async (options: TrainerOptions) => {
    asked.push(options)
    return { ...closedFormTrainer(), engine: { name: 'wasm', detail: 'test' } as const }
  }
  const choose = (task?: ToTrain) => chooseTrainer(preferences, create, task)
  return { choose, asked, measured: () => measured }
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

  it('takes the engine that a person chose, and remembers nothing of it', async () => {
    const { choose, asked, measured } = chooser('cpu')
    await choose()
    expect(asked).toEqual([{ engine: 'cpu' }])
    expect(measured()).toBeUndefined()
  })
})
