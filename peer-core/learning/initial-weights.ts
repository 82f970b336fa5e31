/**
 * Initial weights, uniform in ±limit: matrices and filters as Glorot, Bengio, "Understanding the difficulty of training deep
 * feedforward neural networks", AISTATS 2010, eq. 16, `√(6 / (fan in + fan out))`; embeddings with GPT-2's deviation of 0.02.
 * Scales are one, biases zero, but that of an LSTM's forget gate one (Jozefowicz, Zaremba, Sutskever, ICML 2015, section 2.2).
 *
 * Every peer computes round 0 by itself and must get the same hash, so only `+ − × ÷ √` of float64 in a fixed order are
 * used, rounded once to float32.
 * @module
 */
import { seededRandom } from '../foundation/index.ts'
import type { ModelSpec } from '../wire/index.ts'
import { type ParameterShape, parameterCount, parameterShapes, sizeOf } from './model.ts'

/**
 * The same bits on every machine for one model and seed.
 *
 * @param seed - of the task, an unsigned 32-bit integer
 * @returns `float32[d]`, in the order of {@link parameterShapes}
 */
export function initialWeights(model: ModelSpec, seed: number): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(parameterCount(model))
  const random = seededRandom(`${seed}/initial-weights`)
  for (const parameter of parameterShapes(model)) {
    const { offset, size } = parameter
    const own = weights.subarray(offset, offset + size)
    const limit = limitOf(parameter)
    if (limit !== undefined) for (let i = 0; i < size; i++) own[i] = (2 * random.next() - 1) * limit
    else if (parameter.role === 'scale') own.fill(1)
    else if (parameter.kind === 'lstm') own.fill(1, size / 4, size / 2)
  }
  return weights
}

/** Absent for what begins as a constant. */
function limitOf({ kind, role, shape }: ParameterShape): number | undefined {
  switch (role) {
    case 'kernel':
    case 'recurrent':
    case 'projection': {
      const window = sizeOf(shape.slice(0, -2))
      const fans = kind === 'depthwise-conv2d' ? 2 * shape[0]! * shape[1]! : window * (shape.at(-2)! + shape.at(-1)!)
      return Math.sqrt(6 / fans)
    }
    case 'tokens':
    case 'positions':
      return 0.02 * Math.sqrt(3)
    case 'bias':
    case 'recurrent-bias':
    case 'projection-bias':
    case 'scale':
      return undefined
  }
}
