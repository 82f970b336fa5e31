/**
 * Runs one case where it is: in a Node process or in a browser's worker.
 * @module
 */
import { type Random, seededRandom } from '../../../peer-core/foundation/index.ts'
import {
  type Engine,
  engineTrainer,
  initialWeights,
  logitsOf,
  presetModel,
  sizeOf,
} from '../../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import { arenaStart } from '../../../peer-core/learning/wasm/arena.ts'
import { wasmEngine } from '../../../peer-core/learning/wasm/index.ts'
import { compileRelaxedKernels, startKernels } from '../../../peer-core/learning/wasm/kernels.ts'
import { trainingSchema } from '../../../peer-core/wire/index.ts'
import { type Case, type EngineCase, type Measured, measuredBatch, workloads } from './cases.ts'

/** Steps between two looks at the clock take at least this: a browser's clock ticks every 0.1 ms. */
const sampleMs = 10
const warmUpMs = 500
const budgetMs = 2_500
const mostSamples = 101
const digestSteps = 10
/** After which nothing may have grown. */
const steadySteps = 1_000
/** A step that takes longer is measured once. */
const slowMs = 1_500

export interface MeasureOptions {
  /** Where TF.js's `.wasm` files are; in Node it finds them itself. */
  readonly wasmPaths?: Readonly<Record<string, string>>
  /** What the process or the worker holds after garbage was collected. */
  readonly heldBytes?: () => number | Promise<number>
}

export async function measure(given: Case, options: MeasureOptions = {}): Promise<Measured> {
  const workload = workloads[given.preset]
  const engine = await openEngine(given.engine, options)
  const model = presetModel(given.preset, workload)
  const batchSize = measuredBatch(given)
  const weights = initialWeights(model, 1)
  const training = trainingSchema.parse({ batchSize, learningRate: 0.001 })
  const draw = drawerOf(workload, seededRandom('bench'))
  const { positions } = logitsOf(model)

  const run = await engine.startRun({ model, training, weights, batchSize, seed: 1 })
  const { features, labels } = draw(batchSize, positions)
  const asFloats = Float32Array.from(features)
  const step = async (times: number) => {
    const started = performance.now()
    for (let i = 0; i < times; i++) run.step(asFloats, labels)
    await run.losses()
    return (performance.now() - started) / times
  }
  const first = await step(1)
  let digest = ''
  if (first < slowMs) {
    await step(digestSteps - 1)
    digest = digestOf(await run.weights())
  }
  const samples = first < slowMs ? await sampled(step, first) : once(await step(1))
  const own = given.engine === 'wasm'
  const growth = own ? await growthOf(() => step(steadySteps), options.heldBytes) : {}
  const ceiling = own ? { ceiling: await bareProduct() } : {}
  run.dispose()
  // Time by the whole batch where only a part of it was measured.
  const scale = workload.batchSize / batchSize
  const [ms, bestMs] = [scale * samples.median, scale * samples.best]
  if (first >= slowMs) {
    await engine.close()
    return { ms, bestMs, trainingMs: ms, steps: samples.steps, digest }
  }

  const trainer = engineTrainer(engine)
  const { shape, classes } = workload
  await trainer.load('data', { shape, classes, ...draw(manyExamples(positions), positions) })
  const localSteps = Math.max(2, Math.min(1_000, Math.floor(budgetMs / samples.median)))
  const job = { model, training: { ...training, localSteps }, data: 'data', weights, seed: 1, timeBudgetMs: budgetMs }
  const trained = await trainer.train(job)
  await trainer.close()
  return {
    ms,
    bestMs,
    trainingMs: (scale * trained.ms) / trained.steps,
    steps: samples.steps,
    ...growth,
    ...ceiling,
    digest,
  }
}

async function growthOf(work: () => Promise<unknown>, heldBytes: MeasureOptions['heldBytes']) {
  if (heldBytes === undefined) return {}
  const before = await heldBytes()
  await work()
  return { growth: (await heldBytes()) - before }
}

/** GFLOP/s of the bare product, its numbers in the first cache: what there is to be had on this machine while it is as it is. */
async function bareProduct(): Promise<number> {
  const memory = new WebAssembly.Memory({ initial: 3 })
  const kernels = await startKernels(await compileRelaxedKernels(), memory)
  const [rows, depth, columns, times] = [40, 96, 16, 100]
  const [left, panels, out] = [arenaStart, arenaStart + 20_480, arenaStart + 32_768]
  new Float32Array(memory.buffer, left, rows * depth).fill(0.5)
  new Float32Array(memory.buffer, panels, columns * depth).fill(0.5)
  let best = Number.POSITIVE_INFINITY
  for (let sample = 0; sample < 200; sample++) {
    const started = performance.now()
    for (let i = 0; i < times; i++) {
      kernels.evenGemm(rows, depth, columns, left, 4 * depth, 4, panels, 32, 32 * depth, 0, out, 4 * columns, 0)
    }
    best = Math.min(best, performance.now() - started)
  }
  return (2 * rows * depth * columns * times) / best / 1e6
}

/** Images without a blank pixel, lest an engine gain from it; or tokens. */
function drawerOf({ shape, classes }: (typeof workloads)[Case['preset']], random: Random) {
  const size = sizeOf(shape)
  return (count: number, positions: number) => ({
    features:
      shape.length === 1
        ? Uint16Array.from({ length: count * size }, () => random.integer(classes))
        : Float32Array.from({ length: count * size }, () => 0.05 + 0.95 * random.next()),
    labels: Uint16Array.from({ length: count * positions }, () => random.integer(classes)),
  })
}

/** A thousand, or fewer where each is a text. */
function manyExamples(positions: number): number {
  return Math.ceil(1_000 / positions)
}

function once(ms: number) {
  return { median: ms, best: ms, steps: 1 }
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
    case 'wasm-exact':
      return wasmEngine({ exact: true })
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
