/** Models of every layer that a file format must carry, with weights that are all different. */
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { createTrainer, FormatError, ModelError, parameterCount, sizeOf } from '../../../peer-core/learning/index.ts'
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

export function someWeights(model: ModelSpec): Float32Array<ArrayBuffer> {
  const random = seededRandom('weights')
  return Float32Array.from({ length: parameterCount(model) }, () => 0.5 * random.normal())
}

export function someInputs(model: ModelSpec, count: number): Float32Array {
  const random = seededRandom('inputs')
  return Float32Array.from({ length: count * sizeOf(model.input) }, () => random.next())
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
