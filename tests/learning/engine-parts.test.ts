import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/foundation/index.ts'
import {
  type Engine,
  initialWeights,
  layerShapes,
  logitsOf,
  parameterCount,
  vocabularyOf,
} from '../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../peer-core/learning/tfjs/tfjs-engine.ts'
import { wasmEngine } from '../../peer-core/learning/wasm/index.ts'
import { type ModelSpec, modelSchema, trainingSchema } from '../../peer-core/wire/index.ts'
import { drawFeatures, models } from './arbitrary-models.ts'

const training = trainingSchema.parse({ learningRate: 0.1, momentum: 0.5 })
const batchSize = 3
const opened: Engine[] = []
const opening = { wasm: () => wasmEngine(), 'TF.js': () => tfjsEngine('cpu') }
afterAll(async () => {
  for (const engine of opened) await engine.close()
})

/** Layers before the cut, and those from it on. Dropout counts its layers anew in each part, so there is none. */
function cutAt(model: ModelSpec, cut: number): readonly [ModelSpec, ModelSpec] {
  const between = [...layerShapes(model)[cut - 1]!]
  return [
    { input: model.input, layers: model.layers.slice(0, cut) },
    { input: between, layers: model.layers.slice(cut) },
  ]
}

async function throughParts(
  engine: Engine,
  model: ModelSpec,
  cut: number,
  weights: Float32Array,
  features: Float32Array,
  labels: Uint16Array,
) {
  const [head, tail] = cutAt(model, cut)
  const border = parameterCount(head)
  const start = { training, batchSize, seed: 1 }
  const first = await engine.startPart({ ...start, model: head, weights: weights.subarray(0, border) })
  const second = await engine.startPart({ ...start, model: tail, weights: weights.subarray(border) })
  const losses: number[] = []
  for (let step = 0; step < 2; step++) {
    const between = await first.forward(features)
    const { loss, inputGradient } = await second.loss(between, labels)
    await first.backward(features, inputGradient)
    await Promise.all([first.update(), second.update()])
    losses.push(loss)
  }
  const after = [...(await first.weights()), ...(await second.weights())]
  first.dispose()
  second.dispose()
  return { losses, after }
}

const hasDropout = (model: ModelSpec) => JSON.stringify(model).includes('dropout')
/** What a part must have to be run. */
const runs = ({ layers }: ModelSpec) => layers.some(({ kind }) => kind !== 'flatten')

describe.each(['wasm', 'TF.js'] as const)('startPart: %s', (name) => {
  it('trains two parts as it trains the whole', { timeout: 30_000 }, async () => {
    const engine = await opening[name]()
    opened.push(engine)
    const cuts = fc.tuple(
      models.filter((model) => !hasDropout(model) && model.layers.length > 1),
      fc.nat(),
      fc.nat(),
    )
    await fc.assert(
      fc.asyncProperty(cuts, async ([model, at, seed]) => {
        const cut = 1 + (at % (model.layers.length - 1))
        fc.pre(cutAt(model, cut).every(runs))
        const random = seededRandom(seed)
        const weights = initialWeights(model, seed).map((weight) => weight + 0.5 * (random.next() - 0.5))
        const features = drawFeatures(model, batchSize, random)
        const { positions, classes } = logitsOf(model)
        const labels = Uint16Array.from({ length: batchSize * positions }, () => random.integer(classes))
        const parts = await throughParts(engine, model, cut, weights, features, labels)
        const run = await engine.startRun({ model, training, weights, batchSize, seed: 1 })
        for (let step = 0; step < 2; step++) run.step(features, labels)
        const [losses, after] = [await run.losses(), await run.weights()]
        run.dispose()
        for (const [i, loss] of parts.losses.entries()) expect(Math.abs(loss - losses[i]!)).toBeLessThan(1e-3)
        for (const [i, weight] of parts.after.entries()) expect(Math.abs(weight - after[i]!)).toBeLessThan(2e-3)
      }),
      { numRuns: name === 'wasm' ? 80 : 15 },
    )
  })

  it('takes the mean of several micro-batches, and gives back no gradient of tokens', async () => {
    const engine = await opening[name]()
    opened.push(engine)
    const model = modelSchema.parse({
      input: [5],
      layers: [
        { kind: 'embedding', vocabulary: 4, size: 3 },
        { kind: 'dense', units: 2 },
      ],
    })
    expect(vocabularyOf(model)).toBe(4)
    const weights = initialWeights(model, 1)
    const part = await engine.startPart({ model, training, weights, batchSize, seed: 1 })
    const features = drawFeatures(model, batchSize, seededRandom(1))
    const labels = new Uint16Array(batchSize * 5)
    const { inputGradient } = await part.loss(features, labels)
    expect(inputGradient.length).toBe(0)
    await part.loss(features, labels)
    await part.update()
    const twice = await part.weights()
    part.dispose()
    const run = await engine.startRun({ model, training, weights, batchSize, seed: 1 })
    run.step(features, labels)
    const once = await run.weights()
    for (const [i, weight] of once.entries()) expect(twice[i]).toBeCloseTo(weight, 5)
    run.dispose()
  })
})
