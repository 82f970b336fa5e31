import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generateHandwriting, initialWeights, presetModel } from '../../peer-core/learning/index.ts'
import type { Trainer } from '../../peer-core/ports/index.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'
import { createNodeTrainer } from '../../seed-nodes/trainer/index.ts'

const written = generateHandwriting({ writers: 10, examplesPerWriter: 40, seed: 1 })
const model = presetModel('mlp', written)
const weights = initialWeights(model, 1)
const training = trainingSchema.parse({ localSteps: 60 })
const job = { model, training, weights, data: 'data', seed: 1, timeBudgetMs: 1e9 }

describe('createNodeTrainer', () => {
  let trainer: Trainer
  beforeAll(async () => {
    trainer = await createNodeTrainer({ probe: { model, batchSize: 32 } })
    await trainer.load('data', written)
  })
  afterAll(() => trainer.close())

  it('measures and says which engine it took', () => {
    expect(trainer.engine.name).toBe('wasm')
    expect(trainer.engine.msPerStep).toBeGreaterThan(0)
  })

  it('trains in its thread while this one goes on', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const { delta, steps } = await trainer.train(job)
    clearInterval(timer)
    expect(steps).toBe(60)
    const learnt = weights.map((weight, j) => weight + delta[j]!)
    const { loss } = await trainer.evaluate({ ...job, weights: learnt })
    expect(loss).toBeLessThan((await trainer.evaluate(job)).loss / 2)
    expect(turns).toBeGreaterThan(0)
  })

  it('says what was tried when an engine is not to be had', async () => {
    await expect(createNodeTrainer({ engine: 'webgpu' })).rejects.toMatchObject({ fault: { code: 'NO_ENGINE' } })
    await expect(createNodeTrainer({ engine: 'closed-form' })).rejects.toThrow('there is no such engine')
  })
})
