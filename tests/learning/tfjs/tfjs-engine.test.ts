import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineTrainer, generateHandwriting, initialWeights, presetModel } from '../../../peer-core/learning/index.ts'
import { type Backend, openBackend } from '../../../peer-core/learning/tfjs/backend.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import { classifierCases, trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import { modelSchema, trainingSchema } from '../../../peer-core/wire/index.ts'
import { describeTrainer } from '../describe-trainer.ts'

const cases = [...trainerCases, ...classifierCases]

// A backend takes a moment to start: this keeps both started while cases open and close their trainers.
const kept: Backend[] = []
beforeAll(async () => {
  for (const name of ['wasm', 'cpu'] as const) kept.push(await openBackend(name, {}))
})
afterAll(() => {
  for (const backend of kept) backend.close()
})

for (const name of ['wasm', 'cpu'] as const) {
  describeTrainer(`tfjsEngine: ${name}`, cases, async () => engineTrainer(await tfjsEngine(name)))
}

const written = generateHandwriting({ writers: 20, examplesPerWriter: 50, seed: 1 })
const training = trainingSchema.parse({ localSteps: 3, batchSize: 8 })

describe('tfjsEngine', () => {
  it('computes the same on every backend, up to rounding', async () => {
    const model = modelSchema.parse({
      input: written.shape,
      layers: [
        { kind: 'conv2d', filters: 6, kernel: 3, stride: 3, padding: 'same', activation: 'relu' },
        { kind: 'conv2d', filters: 6, kernel: 3, activation: 'relu' },
        { kind: 'max-pool2d', size: 2 },
        { kind: 'flatten' },
        { kind: 'dense', units: 10 },
      ],
    })
    const weights = initialWeights(model, 1)
    const [wasm, cpu] = await Promise.all(
      (['wasm', 'cpu'] as const).map(async (name) => {
        const trainer = engineTrainer(await tfjsEngine(name))
        await trainer.load('data', written)
        const { delta, loss } = await trainer.train({
          model,
          training,
          data: 'data',
          weights,
          seed: 1,
          timeBudgetMs: 1e9,
        })
        await trainer.close()
        return { delta, loss }
      }),
    )
    const off = wasm!.delta.map((value, i) => Math.abs(value - cpu!.delta[i]!))
    expect(Math.max(...off)).toBeLessThan(1e-5)
    expect(wasm!.loss).toBeCloseTo(cpu!.loss, 4)
  })

  it('leaves no tensor behind, also when a run is cancelled, fails or diverges', async () => {
    const trainer = engineTrainer(await tfjsEngine('wasm'))
    await trainer.load('data', written)
    const model = presetModel('cnn', written)
    const weights = initialWeights(model, 1)
    const job = { model, training, data: 'data', weights, seed: 1, timeBudgetMs: 1e9 }
    const round = async () => {
      await trainer.train(job)
      await trainer.evaluate(job)
      await trainer.predict(model, weights, new Float32Array(784))
      const controller = new AbortController()
      await trainer.train(job, { signal: controller.signal, onProgress: () => controller.abort() }).catch(() => {})
      await trainer.train({ ...job, weights: weights.map(() => Number.NaN) }).catch(() => {})
    }
    const before = tf.memory()
    for (let i = 0; i < 3; i++) await round()
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numBytes).toBe(before.numBytes)
    await trainer.close()
  })

  it('may be closed while it trains, with its backend, which then starts again', async () => {
    for (const backend of kept.splice(0)) backend.close()
    const model = presetModel('mlp', written)
    const weights = initialWeights(model, 1)
    const endless = { ...training, localSteps: 1_000_000 }
    for (let i = 0; i < 2; i++) {
      const trainer = engineTrainer(await tfjsEngine('wasm'))
      await trainer.load('data', written)
      const job = { model, training: endless, data: 'data', weights, seed: 1, timeBudgetMs: 1e9 }
      const running = trainer.train(job, { onProgress: () => trainer.close() })
      await expect(running).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST', reason: 'closed' } })
      await expect(trainer.evaluate(job)).rejects.toMatchObject({ fault: { code: 'ENGINE_LOST', reason: 'closed' } })
    }
  })
})
