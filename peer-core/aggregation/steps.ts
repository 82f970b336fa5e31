/**
 * Every step that a task's pipeline may name.
 * @module
 */
import { z } from 'zod'
import { mean } from './rules/mean.ts'
import { trimmedMean } from './rules/trimmed-mean.ts'
import type { Sample } from './sample.ts'

/** How many rows a step gets and how many of them may lie, counted for rows of equal weight. */
export interface Crowd {
  readonly peers: number
  readonly byzantine: number
}

interface StepBase<P> {
  readonly parameters: z.ZodType<P>
  /** what is wrong with using it on such a crowd, if anything */
  problem?(crowd: Crowd, parameters: P): string | undefined
}

/** Ends a pipeline: rows to one vector. */
export interface RuleStep<P> extends StepBase<P> {
  readonly kind: 'rule'
  run(sample: Sample, parameters: P): Float64Array
}

/** Comes before a rule: rows to rows. */
export interface MixingStep<P> extends StepBase<P> {
  readonly kind: 'mixing'
  run(sample: Sample, parameters: P): Sample
  /** the crowd that the next step sees */
  after?(crowd: Crowd, parameters: P): Crowd
}

export type Step<P> = RuleStep<P> | MixingStep<P>

const nothing = z.strictObject({})

function rule<P>(step: Omit<RuleStep<P>, 'kind'>): RuleStep<P> {
  return { kind: 'rule', ...step }
}

export const steps = {
  mean: rule({ parameters: nothing, run: mean }),
  'trimmed-mean': rule({ parameters: nothing, run: trimmedMean }),
} as const
