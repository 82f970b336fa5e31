import { describe, expect, it } from 'vitest'
import {
  initialWeights,
  parameterCount,
  presetModel,
  shardByLabel,
  takeExamples,
} from '../../peer-core/learning/index.ts'
import { closedFormTrainer, targetOf } from '../../peer-core/testing/closed-form-trainer.ts'
import { trainerCases } from '../../peer-core/testing/trainer-compliance.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'
import { describeTrainer } from '../learning/describe-trainer.ts'

const shape = [2, 2, 1]
const classes = 3
const model = presetModel('mlp', { shape, classes })
const labels = Uint8Array.from({ length: 300 }, (_, i) => i % 3)
const all = { shape, classes, features: new Uint8Array(1200), labels }
const training = trainingSchema.parse({ localSteps: 40, learningRate: 0.1, momentum: 0.5 })

describeTrainer('closedFormTrainer', trainerCases, async () => closedFormTrainer({ msPerStep: 0.1 }))

describe('closedFormTrainer', () => {
  it('brings a federation of skewed shards to the target of all examples', async () => {
    const trainer = closedFormTrainer()
    const shards = shardByLabel(labels, { shards: 4, alpha: 0.3, seed: 1 })
    for (const [i, shard] of shards.entries()) await trainer.load(`shard ${i}`, takeExamples(all, shard))
    await trainer.load('test', all)
    const weights = initialWeights(model, 1)
    for (let round = 0; round < 3; round++) {
      const job = { model, training, weights: weights.slice(), seed: 1, timeBudgetMs: 1000 }
      for (const [i, shard] of shards.entries()) {
        const { delta } = await trainer.train({ ...job, data: `shard ${i}` })
        for (let j = 0; j < weights.length; j++) weights[j]! += (delta[j]! * shard.length) / labels.length
      }
    }
    const { loss, accuracy } = await trainer.evaluate({ model, data: 'test', weights })
    expect(loss).toBeLessThan(1e-9)
    expect(accuracy).toBeCloseTo(1)
  })

  it('pulls shards of different labels apart', async () => {
    const d = parameterCount(model)
    const zeros = targetOf({ labels: Uint8Array.of(0, 0) }, d)
    const ones = targetOf({ labels: Uint8Array.of(1) }, d)
    const both = targetOf({ labels: Uint8Array.of(0, 1) }, d)
    expect(zeros).not.toEqual(ones)
    expect(both[0]).toBeCloseTo((zeros[0]! + ones[0]!) / 2)
  })
})
