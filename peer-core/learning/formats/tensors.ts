/**
 * Weights as named tensors: what every file format holds. Names are those of the places in the task's model, e.g.
 * `layers.3.kernel`, so that a file says which model it fits.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import { parameterCount, parameterShapes, type Shape, sameShape, textOf } from '../model.ts'
import { FormatError } from './errors.ts'

export interface NamedTensor {
  readonly name: string
  readonly shape: Shape
  /** row-major */
  readonly values: Float32Array
}

/** Views of the flat weights, in their order. */
export function tensorsOf(model: ModelSpec, weights: Float32Array): readonly NamedTensor[] {
  return parameterShapes(model).map(({ name, shape, offset, size }) => ({
    name,
    shape,
    values: weights.subarray(offset, offset + size),
  }))
}

/**
 * The flat weights of a model, from tensors in any order; those that the model does not have are ignored.
 *
 * @param file - in errors
 * @throws {@link FormatError} `MISSING_TENSOR`, `WRONG_TENSOR`, naming the tensor
 */
export function weightsOf(model: ModelSpec, tensors: readonly NamedTensor[], file: string): Float32Array<ArrayBuffer> {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  const weights = new Float32Array(parameterCount(model))
  for (const { name, shape, values } of tensorsOf(model, weights)) {
    const tensor = byName.get(name)
    if (tensor === undefined) {
      const fault = { code: 'MISSING_TENSOR', file, tensor: name } as const
      throw new FormatError(fault, `${file}: no tensor ${name}; it has ${[...byName.keys()].slice(0, 8).join(', ')}`)
    }
    if (!sameShape(tensor.shape, shape)) {
      const [expected, actual] = [textOf(shape), textOf(tensor.shape)]
      const fault = { code: 'WRONG_TENSOR', file, tensor: name, expected, actual } as const
      throw new FormatError(fault, `${file}: tensor ${name} is ${actual}, the model has ${expected}`)
    }
    values.set(tensor.values)
  }
  return weights
}
