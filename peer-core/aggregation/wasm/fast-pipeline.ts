/**
 * A pipeline as sweeps: mixing steps are plain TypeScript, since all they need is one Gram matrix; the rule at the end has kernels.
 * @module
 */
import { AggregationError } from '../errors.ts'
import { requireMajority } from '../input.ts'
import { type PipelineSpec, type PreparedStep, prepare, requireCrowd, rounded } from '../pipeline.ts'
import type { Sample } from '../sample.ts'
import type { Job, Sweeps } from './job.ts'
import { comparingSteps, type FastRule, fastRules } from './rules.ts'

export interface FastPipeline {
  readonly steps: readonly PreparedStep[]
  /** the name of the rule at its end */
  readonly rule: string
  /** absent: the rule has no kernels */
  readonly kernel: FastRule<never> | undefined
}

/** @throws {@link AggregationError} as `createAggregator` */
export function fastPipeline(spec: PipelineSpec): FastPipeline {
  const steps = prepare(spec)
  const rule = steps.at(-1)!.name
  return { steps, rule, kernel: (fastRules as Record<string, FastRule<never> | undefined>)[rule] }
}

/** From rows in canonical order to their aggregate. */
export function* runPipeline({ steps, kernel }: FastPipeline, job: Job, given: Sample): Sweeps<Float32Array> {
  let sample = given
  if (steps.some(({ name }) => comparingSteps.has(name))) {
    // Not before it is known that there are rows enough: nobody waits for a matrix only to be refused.
    requireCrowd(steps[0]!, sample)
    const gram = yield* job.gram()
    sample = { ...sample, gram: () => gram }
  }
  for (const prepared of steps) {
    requireCrowd(prepared, sample)
    const { name, step, parameters } = prepared
    if (step.kind === 'mixing') {
      sample = step.run(sample, parameters)
      requireMajority(sample, name)
    } else if (kernel === undefined) return rounded(step.run(sample, parameters))
    else return yield* kernel(job, sample, parameters as never)
  }
  throw new AggregationError({ code: 'BAD_PIPELINE', problem: 'no rule at its end' })
}
