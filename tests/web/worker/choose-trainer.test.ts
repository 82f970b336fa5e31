import { describe, expect, it } from 'vitest'
import type { TrainerOptions } from '../../../peer-core/learning/engines.ts'
import { closedFormTrainer } from '../../../peer-core/testing/closed-form-trainer.ts'
import type { ChosenEngine, EngineChoice, Preferences } from '../../../web/preferences.ts'
import { chooseTrainer } from '../../../web/worker/choose-trainer.ts'

function chooser(engine: EngineChoice) {
  const asked: TrainerOptions[] = []
  let measured: string | undefined
  const preferences: Preferences = {
    contributingTo: () => undefined,
    setContributingTo() {},
    engine: () => engine,
    setEngine() {},
    measuredEngine: () => measured as ChosenEngine | undefined,
    setMeasuredEngine: (name) => (measured = name),
  }
  const choose = () =>
    chooseTrainer(preferences, async (options) => {
      asked.push(options)
      return { ...closedFormTrainer(), engine: { name: 'wasm', detail: 'test' } }
    })
  return { choose, asked, measured: () => measured }
}

describe('chooseTrainer', () => {
  it('measures once, and remembers', async () => {
    const { choose, asked } = chooser('auto')
    await choose()
    await choose()
    expect(asked).toEqual([
      { engine: 'auto', remembered: undefined },
      { engine: 'auto', remembered: 'wasm' },
    ])
  })

  it('takes the engine that a person chose, and remembers nothing of it', async () => {
    const { choose, asked, measured } = chooser('cpu')
    await choose()
    expect(asked).toEqual([{ engine: 'cpu' }])
    expect(measured()).toBeUndefined()
  })
})
