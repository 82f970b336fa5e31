/**
 * Combining updates from strangers so that liars cannot steer the model. Pure, deterministic, float64 inside, float32 out.
 *
 * ```ts
 * const aggregate = createAggregator(['arc', 'nnm', 'trimmed-mean'])
 * const delta = aggregate({ contributions, weights: reputations, byzantineWeight: 0.2 * sum(reputations) })
 * ```
 * @module
 */
export { type ContributionFault, checkContribution, type ExpectedContribution } from './contribution.ts'
export { AggregationError, type AggregationFault } from './errors.ts'
export {
  type AggregationInput,
  type Aggregator,
  createAggregator,
  defaultPipeline,
  fits,
  type PipelineSpec,
  pipelineSchema,
  type StepName,
  type StepSpec,
} from './pipeline.ts'
export type { Vector } from './sample.ts'
