import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import {
  type Engine,
  engineTrainer,
  initialWeights,
  logitsOf,
  parameterShapes,
  presetModel,
  type RunStart,
  sizeOf,
} from '../../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import { createWasmTrainer, wasmEngine } from '../../../peer-core/learning/wasm/index.ts'
import { compileKernels, compileRelaxedKernels, startKernels } from '../../../peer-core/learning/wasm/kernels.ts'
import { planOf } from '../../../peer-core/learning/wasm/plan.ts'
import { trainingProgram } from '../../../peer-core/learning/wasm/training-program.ts'
import { examplesAtOnce } from '../../../peer-core/learning/wasm/wasm-engine.ts'
import { classifierCases, trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import { type ModelSpec, trainingSchema } from '../../../peer-core/wire/index.ts'
import { drawFeatures, models } from '../arbitrary-models.ts'
import { describeTrainer } from '../describe-trainer.ts'

describeTrainer('createWasmTrainer', [...trainerCases, ...classifierCases], createWasmTrainer)

interface Start {
  readonly model: ModelSpec
  readonly batchSize: number
  readonly seed: number
  readonly learningRate: number
  readonly options?: object
}

/** Losses of some steps, and the weights after them. */
async function trainOn(engine: Engine, { model, batchSize, seed, learningRate, options }: Start, steps: number) {
  const random = seededRandom(seed)
  const { positions, classes } = logitsOf(model)
  const weights = initialWeights(model, seed).map((weight) => weight + 0.5 * (random.next() - 0.5))
  const training = trainingSchema.parse({ learningRate, momentum: 0.9, ...options })
  const run = await engine.startRun({ model, training, weights, batchSize, seed })
  for (let i = 0; i < steps; i++) {
    const features = drawFeatures(model, batchSize, random)
    const labels = Uint16Array.from({ length: batchSize * positions }, () => random.integer(classes))
    run.step(features, labels)
  }
  const result = { losses: await run.losses(), weights: await run.weights(), moments: await run.moments() }
  run.dispose()
  return result
}

describe('wasmEngine', () => {
  it('trains any model as TF.js does, up to rounding', async () => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('cpu')])
    const starts = fc.record({
      model: models,
      batchSize: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
      learningRate: fc.constant(0.02),
    })
    await fc.assert(
      fc.asyncProperty(starts, async (start) => {
        const [actual, expected] = [await trainOn(ours, start, 3), await trainOn(theirs, start, 3)]
        expect(greatestDifference(actual.losses, expected.losses)).toBeLessThan(1e-3)
        expect(greatestDifference(actual.weights, expected.weights)).toBeLessThan(1e-3)
      }),
      { numRuns: 60 },
    )
    await theirs.close()
  })

  it('moves weights as TF.js does, whatever the optimiser is told', async () => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('cpu')])
    const options = fc.record(
      {
        optimiser: fc.constantFrom('sgd', 'adam'),
        weightDecay: fc.constant(0.1),
        clipNorm: fc.constantFrom(0.05, 100),
        proximal: fc.constant(0.5),
        schedule: fc.record({ warmupSteps: fc.nat(3), decaySteps: fc.constantFrom(undefined, 6) }),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(options, fc.nat(), async (options, seed) => {
        const start = { model: small, batchSize: 4, seed, learningRate: 0.01, options }
        const [actual, expected] = [await trainOn(ours, start, 5), await trainOn(theirs, start, 5)]
        expect(greatestDifference(actual.weights, expected.weights)).toBeLessThan(1e-4)
        expect(greatestDifference(actual.moments.first, expected.moments.first)).toBeLessThan(1e-4)
        expect(greatestDifference(actual.moments.second, expected.moments.second)).toBeLessThan(1e-4)
      }),
      { numRuns: 25 },
    )
    await theirs.close()
  })

  it.each(['mlp', 'cnn'])('follows the loss curve of TF.js on the %s', async (preset) => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('wasm')])
    const model = presetModel(preset, { shape: [28, 28, 1], classes: 10 })
    const start = { model, batchSize: 32, seed: 1, learningRate: 0.01 }
    const [actual, expected] = [await trainOn(ours, start, 8), await trainOn(theirs, start, 8)]
    expect(greatestDifference(actual.losses, expected.losses)).toBeLessThan(1e-3)
    await theirs.close()
  })

  it('flattens an image of which another branch wants a border', async () => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('cpu')])
    const dense = { kind: 'dense', units: 5, activation: 'linear' } as const
    const convolution = {
      kind: 'conv2d',
      filters: 3,
      kernel: 3,
      stride: 1,
      padding: 'same',
      activation: 'relu',
    } as const
    const flatten = { kind: 'flatten' } as const
    const model: ModelSpec = {
      input: [4, 4, 2],
      layers: [
        { ...convolution, filters: 2 },
        { kind: 'residual', layers: [convolution, flatten, dense], shortcut: [flatten, dense] },
        { ...dense, units: 2 },
      ],
    }
    const start = { model, batchSize: 3, seed: 1, learningRate: 0.02 }
    const [actual, expected] = [await trainOn(ours, start, 3), await trainOn(theirs, start, 3)]
    expect(greatestDifference(actual.losses, expected.losses)).toBeLessThan(1e-3)
    expect(greatestDifference(actual.weights, expected.weights)).toBeLessThan(1e-4)
    await theirs.close()
  })

  it('adds up over groups of examples what convolutions without a ReLU learn, the last group a smaller one', async () => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('wasm')])
    const model = presetModel('resnet8', { shape: [32, 32, 3], classes: 10 })
    const start = { model, batchSize: 5, seed: 1, learningRate: 0.01 }
    const [actual, expected] = [await trainOn(ours, start, 3), await trainOn(theirs, start, 3)]
    expect(greatestDifference(actual.losses, expected.losses)).toBeLessThan(1e-3)
    expect(greatestDifference(actual.weights, expected.weights)).toBeLessThan(1e-4)
    await theirs.close()
  })
})

describe('wasmEngine, on models of several groups of examples', () => {
  const last = { kind: 'dense', units: 4, activation: 'linear' } as const
  const embedding = { kind: 'embedding', vocabulary: 9, size: 6, positions: true } as const
  const grouped: Readonly<Record<string, ModelSpec>> = {
    'depthwise convolutions': {
      input: [25, 27, 9],
      layers: [
        { kind: 'depthwise-conv2d', kernel: 3, stride: 1, padding: 'same', activation: 'tanh' },
        { kind: 'depthwise-conv2d', kernel: 2, stride: 2, padding: 'valid', activation: 'linear' },
        { kind: 'global-average-pool' },
        last,
      ],
    },
    'dense layers on positions': {
      input: [120],
      layers: [embedding, { kind: 'dense', units: 70, activation: 'tanh' }, last],
    },
    embeddings: { input: [1_000], layers: [embedding, last] },
  }

  it.each(Object.entries(grouped))('adds up what %s learn, the last group a smaller one', async (_, model) => {
    const [ours, theirs] = await Promise.all([wasmEngine(), tfjsEngine('cpu')])
    const batchSize = 8
    const { group } = planOf(model, batchSize, 'training')
    expect(group).toBeLessThan(batchSize)
    expect(batchSize % group).toBeGreaterThan(0)
    // One step at a rate of 1 without momentum: what the weights lose is the gradient.
    const start = { model, batchSize, seed: 1, learningRate: 1, options: { momentum: 0 } }
    const [none, actual, expected] = [
      await trainOn(ours, { ...start, learningRate: 1e-30 }, 1),
      await trainOn(ours, start, 1),
      await trainOn(theirs, start, 1),
    ]
    const gradients = ({ weights }: { weights: Float32Array }) => none.weights.map((before, i) => before - weights[i]!)
    const [got, wanted] = [gradients(actual), gradients(expected)]
    let from = 0
    for (const { shape } of parameterShapes(model)) {
      const size = sizeOf(shape)
      const part = (all: Float32Array) => all.subarray(from, from + size)
      const largest = greatestDifference(part(wanted), new Float32Array(size))
      expect(greatestDifference(part(got), part(wanted))).toBeLessThan(1e-3 * largest)
      from += size
    }
    expect(from).toBe(got.length)
    await theirs.close()
  })
})

describe('wasmEngine, with more than it can do', () => {
  it('refuses a run that no 32-bit memory holds, and goes on', async () => {
    const engine = await wasmEngine()
    const training = trainingSchema.parse({})
    const weights = initialWeights(small, 1)
    const batchSize = 10_000_000
    await expect(engine.startRun({ model: small, training, weights, batchSize, seed: 1 })).rejects.toThrow(RangeError)
    const run = await engine.startRun({ model: small, training, weights, batchSize: 2, seed: 1 })
    run.step(new Float32Array(2 * sizeOf(small.input)), new Uint8Array(2))
    expect((await run.losses()).length).toBe(1)
  })
})

describe('examplesAtOnce', () => {
  it('is what was asked for, up to what a batch or its widest activation may take', () => {
    const wide: ModelSpec = { input: [1024, 1024, 1], layers: [{ kind: 'flatten' }] }
    expect([undefined, 0, 1, 7, 64, 1_000].map((atOnce) => examplesAtOnce(small, atOnce))).toEqual([
      64, 1, 1, 7, 64, 64,
    ])
    expect([undefined, 1, 3, 64].map((atOnce) => examplesAtOnce(wide, atOnce))).toEqual([4, 1, 3, 4])
  })
})

describe('engineTrainer', () => {
  it('has a model planned for as many examples as it scores or answers', async () => {
    const engine = await wasmEngine()
    const plannedFor: (number | undefined)[] = []
    const openModel: Engine['openModel'] = (model, weights, atOnce) => {
      plannedFor.push(atOnce)
      return engine.openModel(model, weights, atOnce)
    }
    const trainer = engineTrainer({ ...engine, openModel })
    const [weights, size] = [initialWeights(small, 1), sizeOf(small.input)]
    for (const count of [1, 3]) await trainer.predict(small, weights, new Float32Array(count * size))
    const features = new Uint8Array(5 * size)
    await trainer.load('data', { shape: small.input, classes: 3, features, labels: new Uint8Array(5) })
    await trainer.evaluate({ model: small, weights, data: 'data' })
    expect(plannedFor).toEqual([1, 3, 5])
    await trainer.close()
  })
})

describe('wasmEngine, to the bit', () => {
  const cnn = presetModel('cnn', { shape: [28, 28, 1], classes: 10 })

  it('gives an example the same logits alone and among others', async () => {
    const engine = await wasmEngine()
    await fc.assert(
      fc.asyncProperty(models, fc.integer({ min: 1, max: 70 }), fc.nat(), async (model, count, seed) => {
        const random = seededRandom(seed)
        const size = sizeOf(model.input)
        const features = drawFeatures(model, count, random)
        const open = await engine.openModel(model, initialWeights(model, seed))
        const together = await open.logits(features, count)
        const at = random.integer(count)
        const example = features.subarray(at * size, (at + 1) * size)
        const alone = await open.logits(example, 1)
        open.dispose()
        expect(sameBits(together.slice(at * alone.length, (at + 1) * alone.length), alone)).toBe(true)
        const forOne = await engine.openModel(model, initialWeights(model, seed), 1)
        expect(sameBits(await forOne.logits(example, 1), alone)).toBe(true)
        // Slower, and right.
        expect(sameBits(await forOne.logits(features, count), together)).toBe(true)
        forOne.dispose()
      }),
      { numRuns: 40 },
    )
  })

  it.each(['sgd', 'adam'] as const)('goes on where a run ended as if it had not, by %s', async (optimiser) => {
    const engine = await wasmEngine()
    const training = trainingSchema.parse({
      optimiser,
      learningRate: 0.01,
      schedule: { warmupSteps: 3, decaySteps: 9 },
    })
    const random = seededRandom(1)
    const batches = Array.from({ length: 6 }, () => ({
      features: drawFeatures(cnn, 5, random),
      labels: Uint16Array.from({ length: 5 }, () => random.integer(10)),
    }))
    const common = { model: cnn, training, batchSize: 5, seed: 1 }
    const run = async (start: Pick<RunStart, 'weights' | 'stepsBefore' | 'moments'>, from: number, to: number) => {
      const open = await engine.startRun({ ...common, ...start })
      for (const { features, labels } of batches.slice(from, to)) open.step(features, labels)
      const [weights, moments] = [await open.weights(), await open.moments()]
      open.dispose()
      return { weights, moments }
    }
    const weights = initialWeights(cnn, 1)
    const whole = await run({ weights }, 0, 6)
    const half = await run({ weights }, 0, 2)
    const rest = await run({ ...half, stepsBefore: 2 }, 2, 6)
    expect(sameBits(rest.weights, whole.weights)).toBe(true)
    const forgetful = await run({ weights: half.weights, stepsBefore: 2 }, 2, 6)
    expect(sameBits(forgetful.weights, whole.weights)).toBe(false)
  })

  it('trains on a memory that was used before as on a new one', async () => {
    const start = { model: cnn, batchSize: 5, seed: 1, learningRate: 0.1 }
    const engine = await wasmEngine()
    const first = await trainOn(engine, start, 3)
    await trainOn(engine, { ...start, seed: 2 }, 3)
    const again = await trainOn(engine, start, 3)
    const elsewhere = await trainOn(await wasmEngine(), start, 3)
    expect([sameBits(again.weights, first.weights), sameBits(again.losses, first.losses)]).toEqual([true, true])
    expect(sameBits(again.weights, elsewhere.weights)).toBe(true)
  })
})

describe('wasmEngine, exact', () => {
  it('trains as with fused multiply-adds, up to rounding', async () => {
    const model = presetModel('gpt-nano', { shape: [16], classes: 11 })
    const start = { model, batchSize: 3, seed: 1, learningRate: 0.02 }
    const [quick, exact] = [
      await trainOn(await wasmEngine(), start, 4),
      await trainOn(await wasmEngine({ exact: true }), start, 4),
    ]
    expect(greatestDifference(quick.weights, exact.weights)).toBeLessThan(1e-4)
    // Others indeed where this processor can; one without FMA, or an engine without relaxed SIMD, rounds twice either way.
    expect(sameBits(quick.weights, exact.weights)).toBe(!(await fuses()))
  })
})

describe('trainingProgram', () => {
  it('needs no more memory after 1,000 steps', async () => {
    const program = await trainingProgram(await compileKernels(), small, 4)
    program.begin({
      weights: initialWeights(small, 1),
      training: trainingSchema.parse({ learningRate: 0.01 }),
      seed: 1,
    })
    const features = new Float32Array(4 * sizeOf(small.input)).fill(0.5)
    const labels = new Uint8Array(4)
    const steps = (count: number) => {
      for (let i = 0; i < count; i++) program.step(features, labels)
    }
    steps(1_000)
    const before = heldBytes()
    steps(1_000)
    // A single array of a step's activations would be 4 MB by now.
    expect(heldBytes() - before).toBeLessThan(200_000)
  })
})

/** A convolution with a border, a pool, a pool alone and a dense layer. */
const small: ModelSpec = {
  input: [12, 12, 2],
  layers: [
    { kind: 'conv2d', filters: 8, kernel: 3, stride: 1, padding: 'same', activation: 'relu' },
    { kind: 'max-pool2d', size: 2 },
    { kind: 'max-pool2d', size: 2 },
    { kind: 'flatten' },
    { kind: 'dense', units: 3, activation: 'linear' },
  ],
}

/** Whether training's kernels round `(1 + 2⁻¹²)² − 1` once on this machine: twice, and the last term is lost. */
async function fuses(): Promise<boolean> {
  const memory = new WebAssembly.Memory({ initial: 2 })
  const kernels = await startKernels(await compileRelaxedKernels(), memory)
  const [left, panel, out] = [65_536, 65_600, 65_664]
  new Float32Array(memory.buffer, left, 1).fill(1 + 2 ** -12)
  new Float32Array(memory.buffer, panel, 8).fill(1 + 2 ** -12)
  const sum = new Float32Array(memory.buffer, out, 8).fill(-1)
  kernels.evenGemm(1, 1, 8, left, 4, 4, panel, 32, 32, 0, out, 32, 1)
  return sum[0] === 2 ** -11 + 2 ** -24
}

/** What the process holds after garbage is collected. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer))
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}
