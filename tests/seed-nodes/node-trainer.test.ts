import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createRemoteTrainer,
  generateHandwriting,
  initialWeights,
  presetModel,
} from '../../peer-core/learning/index.ts'
import type { Trainer } from '../../peer-core/ports/index.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'
import { spawnTrainingWorker } from '../../seed-nodes/trainer/create-node-trainer.ts'
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

  it('goes on in another thread when the one that trained was killed', async () => {
    const threads: ReturnType<typeof spawnTrainingWorker>[] = []
    const spawn = () => {
      const thread = spawnTrainingWorker()
      threads.push(thread)
      return thread
    }
    const remote = await createRemoteTrainer(spawn, { engine: 'wasm' })
    await remote.load('data', written)
    const endless = { ...job, training: { ...training, localSteps: 1_000_000 } }
    const running = remote.train(endless, { onProgress: () => void threads[0]?.worker.terminate() })
    await expect(running).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST', reason: 'exit code 1' } })
    expect((await remote.train(job)).steps).toBe(60)
    expect(threads.length).toBe(2)
    await remote.close()
  })

  it('says what was tried when an engine is not to be had', async () => {
    await expect(createNodeTrainer({ engine: 'webgpu' })).rejects.toMatchObject({ fault: { code: 'NO_ENGINE' } })
    await expect(createNodeTrainer({ engine: 'closed-form' })).rejects.toThrow('there is no such engine')
  })
})
