/**
 * What training a model costs a device, told before anyone joins. @module
 */
import type { ModelSpec, TrainingSpec } from '../wire/index.ts'
import { activationCount, parameterCount, sizeOf } from './model.ts'

const bytesPerValue = 4
/** The weights, the model they started from, a gradient, and what the optimiser carries from step to step. */
function copiesOfWeights({ optimiser, proximal }: TrainedBy): number {
  const moments = optimiser === 'adam' ? 2 : 1
  // The proximal term looks at where training began.
  return 3 + moments + (proximal ? 1 : 0)
}

type TrainedBy = Pick<TrainingSpec, 'batchSize' | 'optimiser' | 'proximal'>

export interface Costs {
  /** `d`, trainable numbers */
  readonly parameters: number
  /** a delta of every parameter, float32 */
  readonly bytesPerContribution: number
  /** An estimate of what training holds at once: the weights' copies, and each activation of a batch with its gradient. */
  readonly memoryBytes: number
}

/** @throws {@link ModelError} for a model that nobody could train */
export function costsOf(model: ModelSpec, training: TrainedBy): Costs {
  const parameters = parameterCount(model)
  const activations = sizeOf(model.input) + activationCount(model)
  return {
    parameters,
    bytesPerContribution: bytesPerValue * parameters,
    memoryBytes: bytesPerValue * (copiesOfWeights(training) * parameters + 2 * training.batchSize * activations),
  }
}
