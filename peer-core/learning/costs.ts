/**
 * What training a model costs a device, told before anyone joins. @module
 */
import type { ModelSpec, TrainingSpec } from '../wire/index.ts'
import { activationCount, parameterCount, sizeOf } from './model.ts'

const bytesPerValue = 4
/** Weights, the model they started from, gradient, and momentum. */
const copiesOfWeights = 4

export interface Costs {
  /** `d`, trainable numbers */
  readonly parameters: number
  /** a delta of every parameter, float32 */
  readonly bytesPerContribution: number
  /** An estimate of what training holds at once: the weights' copies, and each activation of a batch with its gradient. */
  readonly memoryBytes: number
}

/** @throws {@link ModelError} for a model that nobody could train */
export function costsOf(model: ModelSpec, { batchSize }: Pick<TrainingSpec, 'batchSize'>): Costs {
  const parameters = parameterCount(model)
  const activations = sizeOf(model.input) + activationCount(model)
  return {
    parameters,
    bytesPerContribution: bytesPerValue * parameters,
    memoryBytes: bytesPerValue * (copiesOfWeights * parameters + 2 * batchSize * activations),
  }
}
