/** Whether a task's pipeline suits who will take part, asked once: by whoever writes a task, and when it is published. @module */
import { type ReputationRules, type RoundRules, reputationRulesSchema } from '../wire/index.ts'
import { fits, type PipelineSpec } from './pipeline.ts'

/** Contributors that a task is taken to have when nobody knows how many will bring data of their own. */
const usualPeers = 10
const { ratio: usualRatio } = reputationRulesSchema.parse({})

export interface TaskToFit {
  readonly aggregation: { readonly pipeline: PipelineSpec; readonly byzantineShare: number }
  readonly round: Pick<RoundRules, 'minimumContributions'>
  readonly reputation?: Pick<ReputationRules, 'ratio'> | undefined
}

/**
 * @param shards - of the task's data: as many peers are usual; 0 where all bring their own
 * @returns what is wrong, or nothing
 * @throws {@link AggregationError} as `createAggregator`
 */
export function taskProblem({ aggregation, round, reputation }: TaskToFit, shards: number): string | undefined {
  const { minimumContributions: fewest } = round
  const [problem] = fits(aggregation.pipeline, {
    fewest,
    peers: Math.max(fewest, shards === 0 ? usualPeers : shards),
    byzantineShare: aggregation.byzantineShare,
    spread: (reputation?.ratio ?? usualRatio) / 1_000,
  })
  return problem
}
