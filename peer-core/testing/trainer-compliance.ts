/**
 * What every {@link Trainer} must show, and what every one that classifies must show besides.
 *
 * Nothing is timed: where a call must end early it is given far more work than any test could wait for.
 * @module
 */
import { seededRandom } from '../foundation/index.ts'
import { initialWeights, ModelError, parameterCount } from '../learning/index.ts'
import { type Examples, type Trainer, TrainerError, type TrainJob } from '../ports/index.ts'
import { type LayerSpec, type ModelSpec, modelSchema, trainingSchema } from '../wire/index.ts'
import { type ComplianceCase, expectEqual, expectFault } from './compliance.ts'

const classes = 3
const shape = [6, 6, 2]
const positions = 9
const small = modelOf({ kind: 'flatten' }, { kind: 'dense', units: 5, activation: 'tanh' })
const endless = 1_000_000

/** For any trainer, also for one that has no classes to tell apart. */
export const trainerCases: readonly ComplianceCase<Trainer>[] = [
  {
    name: 'lowers the loss that it then reports',
    async run(create) {
      const trainer = await withData(create)
      const job = jobOf({ localSteps: 40 })
      const before = await trainer.evaluate(job)
      const { delta, loss, steps, examples } = await trainer.train(job)
      const after = await trainer.evaluate({ ...job, weights: sum(job.weights, delta) })
      expectTrue(after.loss < 0.7 * before.loss, `loss ${before.loss} became ${after.loss}`)
      expectTrue(loss < before.loss, `reported a loss of ${loss} after ${before.loss}`)
      expectEqual([steps, examples, after.examples], [40, 40 * 16, 90])
    },
  },
  {
    name: 'gives the weights after minus those before: two steps are one, then another with its momentum',
    async run(create) {
      const trainer = await withData(create)
      const allAtOnce = { batchSize: 90, learningRate: 0.3 }
      const first = await trainer.train(jobOf({ ...allAtOnce, localSteps: 1 }))
      const there = { ...jobOf({ ...allAtOnce, localSteps: 1 }), weights: sum(jobOf({}).weights, first.delta) }
      const second = await trainer.train(there)
      expectTrue(norm(first.delta) > 0.01, 'the weights hardly moved')
      for (const momentum of [0, 0.8]) {
        const both = await trainer.train(jobOf({ ...allAtOnce, momentum, localSteps: 2 }))
        const carried = first.delta.map((value) => momentum * value)
        expectClose(both.delta, sum(sum(first.delta, carried), second.delta), 1e-5)
      }
    },
  },
  {
    name: 'goes against the gradient of the loss that it reports',
    run: (create) => checkGradient(create, small),
  },
  {
    name: 'leaves the weights that it is given as they are',
    async run(create) {
      const trainer = await withData(create)
      const job = jobOf({ localSteps: 3 })
      const copy = job.weights.slice()
      await trainer.train(job)
      await trainer.evaluate(job)
      await trainer.predict(job.model, job.weights, new Float32Array(72))
      expectEqual(job.weights, copy)
    },
  },
  {
    name: 'gives the same delta for the same seed, whatever else runs meanwhile',
    async run(create) {
      const trainer = await withData(create)
      const alone = await trainer.train(jobOf({ localSteps: 12 }))
      const [one, other] = await Promise.all([
        trainer.train(jobOf({ localSteps: 12 })),
        trainer.train({ ...jobOf({ localSteps: 12 }), weights: initialWeights(small, 99) }),
        trainer.evaluate(jobOf({})),
      ])
      expectClose(one.delta, alone.delta, 1e-6)
      expectTrue(norm(other.delta) > 0, 'the second training did nothing')
    },
  },
  {
    name: 'tells how far it is',
    async run(create) {
      const trainer = await withData(create)
      const told: number[] = []
      await trainer.train(jobOf({ localSteps: 25 }), {
        onProgress({ step, steps, loss }) {
          expectEqual([steps, Number.isFinite(loss)], [25, true])
          told.push(step)
        },
      })
      expectEqual(told.at(-1), 25)
      expectEqual(
        told,
        [...new Set(told)].sort((a, b) => a - b),
      )
    },
  },
  {
    name: 'does not begin when it is cancelled already',
    async run(create) {
      const trainer = await withData(create)
      const signal = AbortSignal.abort()
      await expectRejection(trainer.train(jobOf({}), { signal }), signal.reason)
      await expectRejection(trainer.evaluate(jobOf({}), { signal }), signal.reason)
    },
  },
  {
    name: 'stops between two steps when it is cancelled, tells nothing more, and can go on',
    async run(create) {
      const trainer = await withData(create)
      const controller = new AbortController()
      let told = 0
      const options = { signal: controller.signal, onProgress: () => void told++ }
      const training = trainer.train(jobOf({ localSteps: endless }), options)
      await tick()
      controller.abort()
      await expectRejection(training, controller.signal.reason)
      const toldBefore = told
      await trainer.train(jobOf({ localSteps: 3 }))
      expectEqual(told, toldBefore)
    },
  },
  {
    name: 'stops within its time budget and returns what it managed, at least one step',
    async run(create) {
      const trainer = await withData(create)
      for (const timeBudgetMs of [0, 20]) {
        const { steps, delta } = await trainer.train({ ...jobOf({ localSteps: endless }), timeBudgetMs })
        expectTrue(steps >= 1 && steps < endless, `${steps} steps`)
        expectTrue(timeBudgetMs > 0 || steps === 1, `${steps} steps without any time`)
        expectTrue(norm(delta) > 0, 'nothing was learnt')
      }
    },
  },
  {
    name: 'refuses weights of another length',
    async run(create) {
      const trainer = await withData(create)
      const expected = parameterCount(small)
      const wrong = { ...jobOf({}), weights: new Float32Array(expected + 1) }
      const fault = { code: 'WRONG_LENGTH', expected, actual: expected + 1 } as const
      await expectFault(trainer.train(wrong), fault)
      await expectFault(trainer.evaluate(wrong), fault)
      await expectFault(trainer.predict(small, wrong.weights, new Float32Array(72)), fault)
    },
  },
  {
    name: 'knows no data but what is loaded',
    async run(create) {
      const trainer = await withData(create)
      const fault = { code: 'UNKNOWN_DATA', data: 'other' } as const
      await expectFault(trainer.train({ ...jobOf({}), data: 'other' }), fault)
      await expectFault(trainer.evaluate({ ...jobOf({}), data: 'other' }), fault)
      await trainer.unload('data')
      await trainer.unload('data')
      await expectFault(trainer.evaluate(jobOf({})), { code: 'UNKNOWN_DATA', data: 'data' })
    },
  },
  {
    name: 'replaces data of the same name',
    async run(create) {
      const trainer = await withData(create)
      await trainer.load('data', examplesOf(12, 5))
      expectEqual((await trainer.evaluate(jobOf({}))).examples, 12)
    },
  },
  {
    name: 'says at which step the loss was no number any more',
    async run(create) {
      const trainer = await withData(create)
      const weights = initialWeights(small, 1)
      weights[0] = Number.NaN
      await expectFault(trainer.train({ ...jobOf({}), weights }), { code: 'DIVERGED', step: 0 })
    },
  },
  {
    name: 'rejects what runs and what comes when it is closed',
    async run(create) {
      const trainer = await withData(create)
      const training = trainer.train(jobOf({ localSteps: endless }))
      const rejected = expectCode(training, 'ENGINE_LOST')
      await tick()
      await trainer.close()
      await rejected
      await expectCode(trainer.evaluate(jobOf({})), 'ENGINE_LOST')
      await trainer.close()
    },
  },
]

const layersToCheck: Readonly<Record<string, readonly LayerSpec[]>> = {
  'dense layers of every activation': [
    { kind: 'flatten' },
    { kind: 'dense', units: 4, activation: 'tanh' },
    { kind: 'dense', units: 4, activation: 'sigmoid' },
    { kind: 'dense', units: 4, activation: 'relu' },
    { kind: 'dense', units: 4, activation: 'linear' },
  ],
  'convolutions one after another': [
    { kind: 'conv2d', filters: 3, kernel: 2, stride: 1, padding: 'valid', activation: 'tanh' },
    { kind: 'conv2d', filters: 2, kernel: 4, stride: 1, padding: 'same', activation: 'sigmoid' },
    { kind: 'flatten' },
  ],
  'convolutions whose stride does not divide': [
    { kind: 'conv2d', filters: 3, kernel: 3, stride: 2, padding: 'same', activation: 'tanh' },
    { kind: 'conv2d', filters: 2, kernel: 2, stride: 2, padding: 'valid', activation: 'tanh' },
    { kind: 'flatten' },
  ],
  'a convolution under a pool that drops a row': [
    { kind: 'conv2d', filters: 3, kernel: 2, stride: 1, padding: 'valid', activation: 'tanh' },
    { kind: 'max-pool2d', size: 2 },
    { kind: 'conv2d', filters: 4, kernel: 2, stride: 1, padding: 'valid', activation: 'tanh' },
    { kind: 'flatten' },
  ],
  'residual blocks with group norm': [
    {
      kind: 'residual',
      layers: [
        { kind: 'conv2d', filters: 4, kernel: 3, stride: 2, padding: 'same', activation: 'gelu' },
        { kind: 'group-norm', groups: 2 },
      ],
      shortcut: [{ kind: 'conv2d', filters: 4, kernel: 1, stride: 2, padding: 'same', activation: 'linear' }],
    },
    { kind: 'residual', layers: [{ kind: 'group-norm', groups: 1 }], shortcut: [] },
    { kind: 'activation', activation: 'tanh' },
    { kind: 'global-average-pool' },
  ],
  'depthwise convolutions under average pools': [
    { kind: 'depthwise-conv2d', kernel: 3, stride: 1, padding: 'same', activation: 'sigmoid' },
    { kind: 'average-pool2d', size: 2 },
    { kind: 'depthwise-conv2d', kernel: 2, stride: 1, padding: 'valid', activation: 'tanh' },
    { kind: 'flatten' },
    { kind: 'layer-norm' },
  ],
}

const embedding = { kind: 'embedding', vocabulary: 7, size: 6, positions: true } as const

/** Over token ids, with a label at each position. */
const sequencesToCheck: Readonly<Record<string, readonly LayerSpec[]>> = {
  'attention within a residual block': [
    embedding,
    {
      kind: 'residual',
      layers: [{ kind: 'layer-norm' }, { kind: 'self-attention', heads: 2, causal: true }],
      shortcut: [],
    },
    { kind: 'dense', units: 5, activation: 'gelu' },
  ],
  'attention that sees all': [embedding, { kind: 'self-attention', heads: 3, causal: false }],
  'recurrent layers': [
    { ...embedding, positions: false },
    { kind: 'lstm', units: 5, output: 'sequence' },
    { kind: 'gru', units: 5, output: 'sequence' },
  ],
}

/** For trainers that tell classes apart. */
export const classifierCases: readonly ComplianceCase<Trainer>[] = [
  ...Object.entries(layersToCheck).map(([name, layers]) => ({
    name: `goes against the gradient: ${name}`,
    run: (create: () => Promise<Trainer>) => checkGradient(create, modelOf(...layers)),
  })),
  ...Object.entries(sequencesToCheck).map(([name, layers]) => ({
    name: `goes against the gradient: ${name}`,
    run: (create: () => Promise<Trainer>) => checkGradient(create, sequenceModelOf(...layers), sequencesOf(12, 7)),
  })),
  {
    name: 'drops values by the seed of the job, and none when it scores',
    async run(create) {
      const trainer = await withData(create)
      const model = modelOf({ kind: 'flatten' }, { kind: 'dropout', rate: 0.5 })
      const job = { ...jobOf({ localSteps: 1, batchSize: 90, momentum: 0 }), model, weights: initialWeights(model, 1) }
      const [one, again, other] = await Promise.all([1, 1, 2].map((seed) => trainer.train({ ...job, seed })))
      expectClose(one!.delta, again!.delta, 1e-7)
      expectTrue(norm(difference(one!.delta, other!.delta)) > 1e-3, 'both seeds dropped the same values')
      const plain = { ...job, model: modelOf({ kind: 'flatten' }) }
      expectEqual((await trainer.evaluate(job)).loss, (await trainer.evaluate(plain)).loss)
    },
  },
  {
    name: 'tells the class at every position of a sequence',
    async run(create) {
      const trainer = await create()
      const examples = sequencesOf(20, 3)
      await trainer.load('data', examples)
      const model = sequenceModelOf(embedding, { kind: 'self-attention', heads: 2, causal: true })
      const weights = initialWeights(model, 1)
      const probabilities = await trainer.predict(model, weights, Float32Array.from(examples.features))
      expectEqual(probabilities.length, 20 * positions * classes)
      let loss = 0
      for (const [i, label] of examples.labels.entries()) loss -= Math.log(probabilities[i * classes + label]!)
      const scored = await trainer.evaluate({ model, weights, data: 'data' })
      const expected = loss / examples.labels.length
      expectTrue(Math.abs(scored.loss - expected) < 1e-5, `loss ${scored.loss}, from predictions ${expected}`)
      expectEqual(scored.examples, 20)
    },
  },
  {
    name: 'refuses tokens that the model does not know',
    async run(create) {
      const trainer = await create()
      const examples = sequencesOf(4, 3)
      examples.features[17] = 7
      await trainer.load('data', examples)
      const model = sequenceModelOf(embedding)
      const job = { ...jobOf({}), model, weights: initialWeights(model, 1) }
      const predicted = trainer.predict(model, job.weights, new Float32Array(positions).fill(0.5))
      for (const call of [trainer.train(job), trainer.evaluate(job), predicted]) {
        const thrown = await call.catch((error: unknown) => error)
        expectTrue(thrown instanceof ModelError && thrown.code === 'UNKNOWN_TOKEN', `got ${String(thrown)}`)
      }
    },
  },
  {
    name: 'passes over its examples as often as it is told',
    async run(create) {
      const trainer = await withData(create)
      const { steps, examples } = await trainer.train(jobOf({ localEpochs: 2, batchSize: 40 }))
      expectEqual([steps, examples], [5, 200])
    },
  },
  {
    name: 'goes on with its momentum where the task says so',
    async run(create) {
      const trainer = await withData(create)
      const allAtOnce = { batchSize: 90, learningRate: 0.3, momentum: 0.8 }
      const both = await trainer.train(jobOf({ ...allAtOnce, localSteps: 2 }))
      const job = jobOf({ ...allAtOnce, localSteps: 1, keepMomentum: true })
      const first = await trainer.train(job)
      const second = await trainer.train({ ...job, weights: sum(job.weights, first.delta) })
      expectClose(sum(first.delta, second.delta), both.delta, 1e-5)
    },
  },
  {
    name: 'follows the schedule from the steps of earlier rounds on',
    async run(create) {
      const trainer = await withData(create)
      const allAtOnce = { batchSize: 90, localSteps: 1, momentum: 0 }
      const whole = await trainer.train(jobOf(allAtOnce))
      const schedule = { warmupSteps: 10, decaySteps: 30 }
      const at = (stepsBefore: number) => trainer.train({ ...jobOf({ ...allAtOnce, schedule }), stepsBefore })
      // A tenth of the rise; the middle of the half cosine; its end.
      const [rising, falling, over] = await Promise.all([at(0), at(20), at(99)])
      expectClose(rising!.delta, scaled(whole.delta, 0.1), 1e-6)
      expectClose(falling!.delta, scaled(whole.delta, 0.5), 1e-6)
      expectClose(over!.delta, scaled(whole.delta, 0), 1e-6)
    },
  },
  {
    name: 'counts a round as the task’s steps in the schedule, however many its epochs take',
    async run(create) {
      const trainer = await withData(create)
      // Two steps of the second round, which counts as ten: one at its beginning, one in its middle, where the schedule ends.
      const epochs = { batchSize: 90, momentum: 0, localSteps: 10 }
      const schedule = { warmupSteps: 0, decaySteps: 15 }
      const two = await trainer.train({ ...jobOf({ ...epochs, localEpochs: 2, schedule }), stepsBefore: 10 })
      const whole = await trainer.train(jobOf({ ...epochs, localEpochs: 1 }))
      expectEqual(two.steps, 2)
      expectClose(two.delta, scaled(whole.delta, 0.25), 1e-6)
    },
  },
  {
    name: 'moves no further than a clipped gradient, and stays near where it began under a proximal term',
    async run(create) {
      const trainer = await withData(create)
      const one = jobOf({ batchSize: 90, localSteps: 1, momentum: 0, learningRate: 1, clipNorm: 0.01 })
      const { delta } = await trainer.train(one)
      expectTrue(Math.abs(norm(delta) - 0.01) < 1e-5, `a gradient clipped to 0.01 moved by ${norm(delta)}`)
      const far = { batchSize: 90, localSteps: 40, momentum: 0, learningRate: 0.2 }
      const [free, bound] = await Promise.all([
        trainer.train(jobOf(far)),
        trainer.train(jobOf({ ...far, proximal: 2 })),
      ])
      expectTrue(norm(bound!.delta) < 0.5 * norm(free!.delta), 'the proximal term does not hold')
    },
  },
  {
    name: 'learns to tell apart what can be told apart',
    async run(create) {
      const trainer = await withData(create)
      const job = jobOf({ localSteps: 150 })
      const { delta } = await trainer.train(job)
      const { accuracy } = await trainer.evaluate({ ...job, weights: sum(job.weights, delta) })
      expectEqual(accuracy, 1)
    },
  },
  {
    name: 'predicts what it is scored by',
    async run(create) {
      const trainer = await withData(create)
      const { weights } = jobOf({})
      const examples = examplesOf(90, 1)
      const features = Float32Array.from(examples.features, (byte) => byte / 255)
      const probabilities = await trainer.predict(small, weights, features)
      let loss = 0
      let correct = 0
      for (const [i, label] of examples.labels.entries()) {
        const row = probabilities.subarray(i * classes, (i + 1) * classes)
        expectTrue(Math.abs(row.reduce((a, b) => a + b, 0) - 1) < 1e-5, `probabilities of ${row.join(', ')}`)
        loss -= Math.log(row[label]!) / 90
        if (row[label] === Math.max(...row)) correct++
      }
      const scored = await trainer.evaluate(jobOf({}))
      expectTrue(Math.abs(scored.loss - loss) < 1e-5, `loss ${scored.loss}, from predictions ${loss}`)
      expectEqual(scored.accuracy, correct / 90)
      expectEqual((await trainer.predict(small, weights, new Float32Array(0))).length, 0)
    },
  },
  {
    name: 'scores more examples than go through the model at once',
    async run(create) {
      const trainer = await create()
      const many = examplesOf(1_200, 3)
      const part = (from: number, to: number): Examples => ({
        ...many,
        features: many.features.subarray(from * 72, to * 72),
        labels: many.labels.subarray(from, to),
      })
      await trainer.load('data', many)
      await trainer.load('head', part(0, 400))
      await trainer.load('tail', part(400, 1_200))
      const [all, head, tail] = await Promise.all(
        ['data', 'head', 'tail'].map((data) => trainer.evaluate({ ...jobOf({}), data })),
      )
      expectTrue(Math.abs(all!.loss - (head!.loss + 2 * tail!.loss) / 3) < 1e-5, 'the parts do not add up')
      expectTrue(Math.abs(all!.accuracy - (head!.accuracy + 2 * tail!.accuracy) / 3) < 1e-9, 'the hits do not add up')
    },
  },
  {
    name: 'takes other batches for another seed',
    async run(create) {
      const trainer = await withData(create)
      const [one, other] = await Promise.all([
        trainer.train(jobOf({ localSteps: 3 })),
        trainer.train({ ...jobOf({ localSteps: 3 }), seed: 2 }),
      ])
      expectTrue(norm(difference(one.delta, other.delta)) > 1e-4, 'both seeds gave the same delta')
    },
  },
  {
    name: 'scales bytes by 1/255 and takes floats as they are',
    async run(create) {
      const trainer = await withData(create)
      const bytes = await trainer.train(jobOf({ localSteps: 3 }))
      const examples = examplesOf(90, 1)
      await trainer.load('data', { ...examples, features: Float32Array.from(examples.features, (byte) => byte / 255) })
      expectClose((await trainer.train(jobOf({ localSteps: 3 }))).delta, bytes.delta, 1e-5)
    },
  },
  {
    name: 'trains on fewer examples than a batch has',
    async run(create) {
      const trainer = await create()
      await trainer.load('data', examplesOf(5, 1))
      const { steps, examples } = await trainer.train(jobOf({ localSteps: 4 }))
      expectEqual([steps, examples], [4, 20])
    },
  },
  {
    name: 'refuses a model that does not fit the data',
    async run(create) {
      const trainer = await withData(create)
      await trainer.load('data', { ...examplesOf(90, 1), classes: 4 })
      for (const call of [trainer.train(jobOf({})), trainer.evaluate(jobOf({}))]) {
        const thrown = await call.catch((error: unknown) => error)
        expectTrue(thrown instanceof ModelError && thrown.code === 'WRONG_CLASSES', `got ${String(thrown)}`)
      }
    },
  },
]

/** One plain step on all examples moves by `−η g`; `g` is compared with central differences of the evaluated loss. */
async function checkGradient(
  create: () => Promise<Trainer>,
  model: ModelSpec,
  examples: Examples = examplesOf(12, 7),
): Promise<void> {
  const trainer = await create()
  await trainer.load('data', examples)
  const weights = initialWeights(model, 3)
  const random = seededRandom('gradient')
  // Biases too, and away from where a relu turns.
  for (let j = 0; j < weights.length; j++) weights[j]! += 0.2 * (random.next() - 0.5)
  const plain = { localSteps: 1, batchSize: 12, momentum: 0, learningRate: 1 }
  const { delta } = await trainer.train({ ...jobOf(plain), model, weights })
  const lossAt = async (j: number, by: number) => {
    const moved = weights.slice()
    moved[j]! += by
    return (await trainer.evaluate({ model, data: 'data', weights: moved })).loss
  }
  // Small, lest a relu or a pool turns in between; above the rounding of float32.
  const h = 1 / 512
  const checked = random.shuffle(Array.from(weights.keys())).slice(0, 40)
  for (const j of checked) {
    const gradient = ((await lossAt(j, h)) - (await lossAt(j, -h))) / (2 * h)
    const told = `parameter ${j}: moved by ${delta[j]}, the gradient is ${gradient}`
    expectTrue(Math.abs(delta[j]! + gradient) < 2e-3 * Math.max(1, Math.abs(gradient)), told)
  }
  expectTrue(norm(delta) > 1e-2, 'the gradient is zero')
}

async function withData(create: () => Promise<Trainer>): Promise<Trainer> {
  const trainer = await create()
  await trainer.load('data', examplesOf(90, 1))
  return trainer
}

function modelOf(...layers: readonly LayerSpec[]): ModelSpec {
  return modelSchema.parse({ input: shape, layers: [...layers, { kind: 'dense', units: classes }] })
}

function sequenceModelOf(...layers: readonly LayerSpec[]): ModelSpec {
  return modelSchema.parse({ input: [positions], layers: [...layers, { kind: 'dense', units: classes }] })
}

/** Noise: tokens, and a class for each. */
function sequencesOf(count: number, seed: number) {
  const random = seededRandom(seed)
  const length = count * positions
  return {
    shape: [positions],
    classes,
    features: Uint16Array.from({ length }, () => random.integer(embedding.vocabulary)),
    labels: Uint8Array.from({ length }, () => random.integer(classes)),
  } satisfies Examples
}

function jobOf(training: Partial<TrainJob['training']>): TrainJob {
  const weights = initialWeights(small, 1)
  const spec = trainingSchema.parse({ localSteps: 2, batchSize: 16, learningRate: 0.2, momentum: 0.5, ...training })
  return { model: small, training: spec, data: 'data', weights, seed: 1, timeBudgetMs: 1e9 }
}

/** Noise, with a third of the image brighter: which third is the class. */
function examplesOf(count: number, seed: number): Examples & { features: Uint8Array } {
  const random = seededRandom(seed)
  const labels = Uint8Array.from({ length: count }, () => random.integer(classes))
  const size = shape.reduce((a, b) => a * b)
  const features = Uint8Array.from({ length: count * size }, (_, i) => {
    const third = Math.floor(((i % size) / size) * classes)
    return random.integer(100) + (third === labels[Math.floor(i / size)] ? 120 : 0)
  })
  return { shape, classes, features, labels }
}

/** Long enough for a call to have begun. */
async function tick(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve))
}

function sum(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value + b[i]!)
}

function difference(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]!)
}

function scaled(values: Float32Array, by: number): Float32Array {
  return values.map((value) => by * value)
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((total, value) => total + value * value, 0))
}

function expectTrue(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise)
}

function expectClose(actual: Float32Array, expected: Float32Array, within: number): void {
  expectEqual(actual.length, expected.length)
  const off = difference(actual, expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expectTrue(off <= within, `values are ${off} apart, more than ${within}`)
}

async function expectRejection(promise: Promise<unknown>, reason: unknown): Promise<void> {
  const thrown = await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )
  expectTrue(thrown === reason, `expected ${String(reason)}, got ${String(thrown)}`)
}

async function expectCode(promise: Promise<unknown>, code: string): Promise<void> {
  const thrown = await promise.then(
    () => 'nothing',
    (error: unknown) => error,
  )
  expectTrue(thrown instanceof TrainerError && thrown.code === code, `expected ${code}, got ${String(thrown)}`)
}
