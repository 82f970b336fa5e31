import { describe, expect, it } from 'vitest'
import {
  createTrainer,
  type EngineTrial,
  generateHandwriting,
  initialWeights,
  presetModel,
} from '../../peer-core/learning/index.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'

const shape = [28, 28, 1]
const model = presetModel('mlp', { shape, classes: 10 })

describe('createTrainer', () => {
  it('takes the engine that it measured, and tells what it tried', async () => {
    const trials: EngineTrial[] = []
    const onTrial = (trial: EngineTrial) => void trials.push(trial)
    const trainer = await createTrainer({ probe: { model, batchSize: 8 }, onTrial })
    expect(trainer.engine).toMatchObject({ name: 'wasm', msPerStep: expect.any(Number) })
    expect(trials).toEqual([
      { name: 'wasm', msPerStep: trainer.engine.msPerStep },
      { name: 'webgpu', failure: 'no WebGPU adapter' },
    ])
    await trainer.close()
  })

  it('takes the engine that is named, unmeasured unless asked', async () => {
    const trainer = await createTrainer({ engine: 'cpu' })
    expect(trainer.engine.name).toBe('cpu')
    expect(trainer.engine.msPerStep).toBeUndefined()
    await trainer.close()
  })

  it('takes what it came to before, unmeasured, and measures anew when that does not run', async () => {
    const again = await createTrainer({ remembered: 'cpu' })
    expect(again.engine).toEqual({ name: 'cpu', detail: expect.any(String) })
    await again.close()
    const other = await createTrainer({ remembered: 'webgpu', probe: { model, batchSize: 8 } })
    expect(other.engine).toMatchObject({ name: 'wasm', msPerStep: expect.any(Number) })
    await other.close()
  })

  it('takes none that is to be avoided, remembered or not', async () => {
    const options = { remembered: 'wasm', avoid: ['wasm'], probe: { model, batchSize: 8 } } as const
    const trainer = await createTrainer(options)
    expect(trainer.engine.name).toBe('cpu')
    await trainer.close()
    // Without a rival there is nothing to measure for.
    const only = await createTrainer({ ...options, avoid: ['webgpu'], remembered: undefined })
    expect([only.engine.name, only.engine.msPerStep]).toEqual(['wasm', undefined])
    await only.close()
    const none = createTrainer({ ...options, avoid: ['wasm', 'cpu'] })
    await expect(none).rejects.toThrow('tried wasm (given up), cpu (given up), webgpu (no WebGPU adapter)')
  })

  it('says why none will do', async () => {
    await expect(createTrainer({ engine: 'webgpu' })).rejects.toThrow('tried webgpu (no WebGPU adapter)')
    await expect(createTrainer({ engine: 'webgpu' })).rejects.toMatchObject({ fault: { code: 'NO_ENGINE' } })
    await expect(createTrainer({ engine: 'closed-form' })).rejects.toThrow('there are wasm, webgpu, cpu')
  })
})

describe('generateHandwriting', () => {
  it('teaches an MLP to read the hands of others', { timeout: 30_000 }, async () => {
    const trainer = await createTrainer({ engine: 'wasm' })
    await trainer.load('train', generateHandwriting({ writers: 40, examplesPerWriter: 60, seed: 7 }))
    await trainer.load(
      'held out',
      generateHandwriting({ writers: 20, examplesPerWriter: 50, seed: 7, firstWriter: 40 }),
    )
    const weights = initialWeights(model, 1)
    const spec = trainingSchema.parse({ localSteps: 400 })
    const { delta } = await trainer.train({ model, training: spec, data: 'train', weights, seed: 1, timeBudgetMs: 1e9 })
    const learnt = weights.map((weight, j) => weight + delta[j]!)
    const { accuracy } = await trainer.evaluate({ model, data: 'held out', weights: learnt })
    await trainer.close()
    expect(accuracy).toBeGreaterThan(0.9)
  })
})
