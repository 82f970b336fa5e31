/** MNIST by one device alone, `cnn`, on our WebAssembly engine: accuracy on the ten thousand test images after six epochs. */
import { createTrainer, initialWeights, presetModel, readIdxExamples } from '../../peer-core/learning/index.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'
import { readShared } from '../federation/shared-data.ts'
import type { BenchResult } from './result.ts'

const epochs = 6
const batchSize = 32
/** Of each epoch: falls, so that the last steps are small. */
const learningRates = [0.05, 0.05, 0.03, 0.02, 0.01, 0.005]

export async function run(): Promise<readonly BenchResult[]> {
  const read = async (part: 'train' | 't10k') =>
    readIdxExamples({
      images: await readShared(`mnist/${part}-images-idx3-ubyte.gz`),
      labels: await readShared(`mnist/${part}-labels-idx1-ubyte.gz`),
    })
  const train = await read('train')
  const model = presetModel('cnn', train)
  const trainer = await createTrainer({ engine: 'wasm' })
  await trainer.load('train', train)
  await trainer.load('test', await read('t10k'))
  let weights = initialWeights(model, 1)
  let [steps, ms] = [0, 0]
  for (let epoch = 0; epoch < epochs; epoch++) {
    const training = trainingSchema.parse({
      localSteps: Math.ceil(train.labels.length / batchSize),
      batchSize,
      learningRate: learningRates[epoch],
    })
    const job = { model, training, weights, data: 'train', seed: epoch, timeBudgetMs: Number.POSITIVE_INFINITY }
    const result = await trainer.train(job)
    weights = weights.map((weight, j) => weight + result.delta[j]!)
    steps += result.steps
    ms += result.ms
  }
  const { accuracy } = await trainer.evaluate({ model, weights, data: 'test' })
  await trainer.close()
  return [
    { name: 'cnn alone', value: 100 * accuracy, unit: '%', bar: 99 },
    { name: 'training', value: ms / 1_000, unit: 's' },
    { name: 'step', value: ms / steps, unit: 'ms' },
  ]
}
