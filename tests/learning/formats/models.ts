/** Models of every layer that a file format must carry, with weights that are all different. */
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import {
  createTrainer,
  FormatError,
  ModelError,
  parameterCount,
  presetModel,
  sizeOf,
  vocabularyOf,
} from '../../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../../peer-core/wire/index.ts'

const dense = (units: number, activation: 'linear' | 'tanh' | 'sigmoid' = 'linear') =>
  ({ kind: 'dense', units, activation }) as const
const flatten = { kind: 'flatten' } as const

export const classifiers: Readonly<Record<string, ModelSpec>> = {
  mlp: { input: [5], layers: [dense(7, 'tanh'), dense(6, 'sigmoid'), dense(3)] },
  cnn: {
    input: [9, 8, 2],
    layers: [
      { kind: 'conv2d', filters: 4, kernel: 3, stride: 2, padding: 'same', activation: 'relu' },
      { kind: 'conv2d', filters: 3, kernel: 2, stride: 1, padding: 'valid', activation: 'linear' },
      { kind: 'max-pool2d', size: 2 },
      flatten,
      dense(4),
    ],
  },
}

const relu = { kind: 'activation', activation: 'relu' } as const
const same = (filters: number, stride = 1) =>
  ({ kind: 'conv2d', filters, kernel: 3, stride, padding: 'same', activation: 'linear' }) as const

/** Of layers that TF.js has, too. */
export const kerasClassifiers: Readonly<Record<string, ModelSpec>> = {
  ...classifiers,
  residual: {
    input: [8, 7, 2],
    layers: [
      same(4),
      { kind: 'residual', layers: [same(4), relu, same(4)], shortcut: [] },
      relu,
      { kind: 'residual', layers: [same(6, 2), relu], shortcut: [{ ...same(6, 2), kernel: 1 }] },
      { kind: 'depthwise-conv2d', kernel: 3, stride: 1, padding: 'same', activation: 'tanh' },
      { kind: 'average-pool2d', size: 2 },
      { kind: 'global-average-pool' },
      { kind: 'dropout', rate: 0.5 },
      dense(3),
    ],
  },
  lstm: {
    input: [6],
    layers: [
      { kind: 'embedding', vocabulary: 9, size: 5, positions: false },
      { kind: 'layer-norm' },
      { kind: 'lstm', units: 4, output: 'sequence' },
      { kind: 'dense', units: 5, activation: 'tanh' },
      { kind: 'lstm', units: 3, output: 'last' },
      dense(2),
    ],
  },
}

/** Of every layer there is. */
export const allClassifiers: Readonly<Record<string, ModelSpec>> = {
  ...kerasClassifiers,
  resnet8: presetModel('resnet8', { shape: [16, 16, 3], classes: 4 }),
  gpt: presetModel('gpt-nano', { shape: [7], classes: 9 }),
  'attention without a mask': {
    input: [6],
    layers: [
      { kind: 'embedding', vocabulary: 9, size: 4, positions: true },
      { kind: 'self-attention', heads: 2, causal: false },
      { kind: 'group-norm', groups: 2 },
      { kind: 'global-average-pool' },
      dense(3),
    ],
  },
  gru: {
    input: [6],
    layers: [
      { kind: 'embedding', vocabulary: 9, size: 5, positions: false },
      { kind: 'gru', units: 4, output: 'sequence' },
      { kind: 'gru', units: 3, output: 'last' },
      dense(2),
    ],
  },
}

export function someWeights(model: ModelSpec): Float32Array<ArrayBuffer> {
  const random = seededRandom('weights')
  return Float32Array.from({ length: parameterCount(model) }, () => 0.5 * random.normal())
}

export function someInputs(model: ModelSpec, count: number): Float32Array {
  const random = seededRandom('inputs')
  const vocabulary = vocabularyOf(model)
  const draw = vocabulary === undefined ? () => random.next() : () => random.integer(vocabulary)
  return Float32Array.from({ length: count * sizeOf(model.input) }, draw)
}

/** Probabilities by our own engine. */
export async function predicted(model: ModelSpec, weights: Float32Array, inputs: Float32Array): Promise<Float32Array> {
  const trainer = await createTrainer({ engine: 'wasm' })
  try {
    return await trainer.predict(model, weights, inputs)
  } finally {
    await trainer.close()
  }
}

export function faultOf(run: () => unknown): { code: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof FormatError || error instanceof ModelError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}
