/**
 * Combining updates from strangers so that liars cannot steer the model. Pure, deterministic, float64 inside, float32 out.
 *
 * ```ts
 * const aggregate = createAggregator(defaultPipeline)
 * const delta = aggregate({ contributions, weights: reputations, byzantineWeight: 0.2 * sum(reputations), reference: lastDelta })
 * ```
 *
 * The rules by themselves, on rows in the order given, are in `rules/` (rows → vector), `mixing/` (rows → rows) and `gossip/` (a peer and
 * its neighbours); what liars do is in `attacks/`.
 * @module
 */
export { aggregateHere } from './aggregate-here.ts'
export { type ContributionFault, checkContribution, type ExpectedContribution } from './contribution.ts'
export { AggregationError, type AggregationFault } from './errors.ts'
export {
  clippedSum,
  mixNeighbours,
  type Neighbourhood,
  practicalClipping,
  selfCenteredClipping,
  trimmedSum,
} from './gossip/index.ts'
export type { AggregationInput } from './input.ts'
export {
  type Aggregator,
  type Cohort,
  createAggregator,
  defaultPipeline,
  fits,
  type PipelineSpec,
  pipelineSchema,
  requireForCommits,
  type StepName,
  type StepSpec,
  usesReference,
} from './pipeline.ts'
export type { Vector } from './sample.ts'
export { type TaskToFit, taskProblem } from './task-fit.ts'
