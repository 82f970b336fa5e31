/**
 * Runs one case where it is: in a Node process or in a browser's worker.
 * @module
 */
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { type Engine, engineTrainer, initialWeights, presetModel, sizeOf } from '../../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import { wasmEngine } from '../../../peer-core/learning/wasm/index.ts'
import { trainingSchema } from '../../../peer-core/wire/index.ts'
import { batchSize, type Case, data, type EngineCase, type Measured } from './cases.ts'

/** Steps between two looks at the clock take at least this: a browser's clock ticks every 0.1 ms. */
const sampleMs = 10
const warmUpMs = 500
const budgetMs = 2_500
const mostSamples = 101
const digestSteps = 10

export interface MeasureOptions {
  /** Where TF.js's `.wasm` files are; in Node it finds them itself. */
  readonly wasmPaths?: Readonly<Record<string, string>>
}

export async function measure({ preset, engine: name }: Case, options: MeasureOptions = {}): Promise<Measured> {
  const engine = await openEngine(name, options)
  const model = presetModel(preset, data)
  const weights = initialWeights(model, 1)
  const training = trainingSchema.parse({ batchSize, learningRate: 0.001 })
  const random = seededRandom('bench')
  const size = sizeOf(data.shape)
  // Every value is filled, none zero: no engine is to gain from blank paper.
  const features = Float32Array.from({ length: batchSize * size }, () => 0.05 + 0.95 * random.next())
  const labels = Uint8Array.from({ length: batchSize }, () => random.integer(data.classes))

  const run = await engine.startRun({ model, training, weights, batchSize, seed: 1 })
  const step = async (times: number) => {
    const started = performance.now()
    for (let i = 0; i < times; i++) run.step(features, labels)
    await run.losses()
    return (performance.now() - started) / times
  }
  const first = await step(1)
  let digest = ''
  if (first < budgetMs) {
    await step(digestSteps - 1)
    digest = digestOf(await run.weights())
  }
  const samples = await sampled(step, first)
  run.dispose()

  const trainer = engineTrainer(engine)
  const bytes = Uint8Array.from({ length: 1_000 * size }, () => 1 + random.integer(255))
  const many = Uint8Array.from({ length: 1_000 }, () => random.integer(data.classes))
  await trainer.load('data', { ...data, features: bytes, labels: many })
  const localSteps = Math.max(2, Math.min(1_000, Math.floor(budgetMs / samples.median)))
  const job = { model, training: { ...training, localSteps }, data: 'data', weights, seed: 1, timeBudgetMs: budgetMs }
  const { ms, steps } = await trainer.train(job)
  await trainer.close()
  return { ms: samples.median, bestMs: samples.best, trainingMs: ms / steps, steps: samples.steps, digest }
}

async function sampled(step: (times: number) => Promise<number>, first: number) {
  for (let spent = first; spent < warmUpMs; ) spent += 8 * (await step(8))
  const times = Math.max(1, Math.ceil(sampleMs / (await step(1))))
  const samples: number[] = []
  for (let spent = 0; samples.length < mostSamples && (spent < budgetMs || samples.length < 2); ) {
    const ms = await step(times)
    spent += ms * times
    samples.push(ms)
  }
  samples.sort((a, b) => a - b)
  return { median: samples[samples.length >> 1]!, best: samples[0]!, steps: samples.length * times }
}

function openEngine(name: EngineCase, options: MeasureOptions): Promise<Engine> {
  switch (name) {
    case 'wasm':
      return wasmEngine()
    case 'tfjs-wasm':
      return tfjsEngine('wasm', options)
    case 'tfjs-cpu':
      return tfjsEngine('cpu', options)
  }
}

/** FNV-1a over the bits, in hexadecimal. */
function digestOf(weights: Float32Array): string {
  let hash = 0x811c9dc5
  for (const bits of new Uint32Array(weights.buffer, weights.byteOffset, weights.length)) {
    hash = Math.imul(hash ^ bits, 0x01000193)
  }
  return (hash >>> 0).toString(16)
}
