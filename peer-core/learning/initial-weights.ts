/**
 * Initial weights: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * AISTATS 2010, eq. 16: uniform in ±√(6 / (fan in + fan out)); biases are zero.
 *
 * Every peer computes round 0 by itself and must get the same hash, so only `+ − × ÷ √` of float64 in a fixed order are
 * used, rounded once to float32.
 * @module
 */
import { seededRandom } from '../foundation/index.ts'
import type { ModelSpec } from '../wire/index.ts'
import { parameterCount, parameterShapes, sizeOf } from './model.ts'

/**
 * The same bits on every machine for one model and seed.
 *
 * @param seed - of the task, an unsigned 32-bit integer
 * @returns `float32[d]`, in the order of {@link parameterShapes}
 */
export function initialWeights(model: ModelSpec, seed: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(parameterCount(model))
  const random = seededRandom(`${seed}/initial-weights`)
  for (const { role, shape, offset, size } of parameterShapes(model)) {
    if (role === 'bias') continue
    const window = sizeOf(shape.slice(0, -2))
    const limit = Math.sqrt(6 / (window * (shape.at(-2)! + shape.at(-1)!)))
    for (let i = offset; i < offset + size; i++) weights[i] = (2 * random.next() - 1) * limit
  }
  return weights
}
