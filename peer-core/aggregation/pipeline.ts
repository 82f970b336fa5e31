/**
 * Pipelines by name: `['arc', 'nnm', 'trimmed-mean']` in a task file becomes a function from contributions to their aggregate.
 * @module
 */
import { z } from 'zod'
import { AggregationError } from './errors.ts'
import { type AggregationInput, canonicalSample, requireMajority } from './input.ts'
import { byzantineCount, rowsOf, type Sample } from './sample.ts'
import { type Crowd, type Step, steps } from './steps.ts'

/**
 * The same bits for every order of contributions and on every engine; never NaN.
 * @throws {@link AggregationError} for input that it cannot answer
 */
export type Aggregator = (input: AggregationInput) => Float32Array

export type StepName = keyof typeof steps
/** a step's name, or its name with parameters */
export type StepSpec = StepName | ({ readonly rule: StepName } & Readonly<Record<string, unknown>>)
export type PipelineSpec = readonly StepSpec[]

/**
 * What a task gets when it names nothing. Chosen by measurement (docs/aggregation.md): peers' data differ, and of the rules here it is the
 * one that then gives up least to them. Where data are alike, `['arc', 'nnm', 'trimmed-mean']` withstands stronger lies.
 */
export const defaultPipeline: PipelineSpec = ['adaptive-centering']

/** @throws {@link AggregationError} `UNKNOWN_RULE`, `BAD_PARAMETERS`, `BAD_PIPELINE` */
export function createAggregator(spec: PipelineSpec): Aggregator {
  const pipeline = prepare(spec)
  return (input) => {
    let sample = canonicalSample(input)
    for (const prepared of pipeline) {
      const { name, step, parameters } = prepared
      requireCrowd(prepared, sample)
      if (step.kind === 'rule') return rounded(step.run(sample, parameters))
      sample = step.run(sample, parameters)
      requireMajority(sample, name)
    }
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: 'no rule at its end' })
  }
}

/** Schema of a pipeline in a task file. */
export const pipelineSchema = z
  .array(z.union([z.string(), z.looseObject({ rule: z.string() })]))
  .min(1)
  .max(8)
  .transform((spec, context): PipelineSpec => {
    try {
      prepare(spec)
    } catch (error) {
      if (!(error instanceof AggregationError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
    return spec as PipelineSpec
  })

/** Whether what a pipeline answers depends on the reference. @throws {@link AggregationError} as {@link createAggregator} */
export function usesReference(spec: PipelineSpec): boolean {
  return prepare(spec).some(({ step, parameters }) => step.usesReference?.(parameters) === true)
}

/**
 * A pipeline that a task's commits can be made by.
 * @throws {@link AggregationError} as {@link createAggregator}, and `BAD_PIPELINE` for a rule that needs what no commit has
 */
export function requireForCommits(spec: PipelineSpec): void {
  for (const { name, step } of prepare(spec)) {
    if (step.kind !== 'rule' || step.notForCommits === undefined) continue
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: `${name} cannot make commits: ${step.notForCommits}` })
  }
}

export interface Cohort {
  /** that usually contribute */
  readonly peers: number
  /** that a round may be closed with; as many as usual when absent */
  readonly fewest?: number
  /** `b / W` */
  readonly byzantineShare: number
  /** heaviest over lightest weight, for rules that count rows: the liars may be the lightest; 1 when absent */
  readonly spread?: number
}

/**
 * Does the declared Byzantine share fit the cohort? For the moment when a task is published: a round that its rules cannot answer for is
 * never committed.
 * @returns problems as text, none when it fits
 * @throws {@link AggregationError} as {@link createAggregator}
 */
export function fits(spec: PipelineSpec, { peers, fewest = peers, byzantineShare, spread = 1 }: Cohort): string[] {
  const pipeline = prepare(spec)
  const problemsOf = (count: number) => problemsWith(pipeline, count, byzantineShare, spread)
  const problems = problemsOf(peers)
  if (problems.length > 0) return problems
  for (let count = peers - 1; count >= fewest; count--) {
    const [problem] = problemsOf(count)
    if (problem !== undefined) return [`${problem}: round.minimumContributions has to be ${count + 1} at least`]
  }
  return []
}

function problemsWith(pipeline: readonly PreparedStep[], peers: number, share: number, spread: number): string[] {
  // A share such as 0.2 of 25 must be 5 although 0.2 is not quite a fifth.
  let crowd: Crowd = { peers, byzantine: Math.floor(peers * share + 1e-9), share }
  // k rows of weight 1 and the rest of weight `spread`: as many as hold the share.
  const counted = Math.floor((spread * share * peers) / (1 + (spread - 1) * share) + 1e-9)
  const problems: string[] = []
  for (const { name, step, parameters } of pipeline) {
    const { peers, byzantine } = crowd
    const told = (needs: number, liars: number) =>
      `${name} needs ${needs} peers to withstand ${liars} liars and has ${peers}`
    const needs = step.needs?.(counted, parameters) ?? 1
    if (peers < 2 * byzantine + 1) problems.push(told(2 * byzantine + 1, byzantine))
    else if (peers < needs) problems.push(told(needs, counted))
    if (step.kind === 'mixing') {
      // What makes other rows of them counts the lightest as liars.
      crowd = step.after?.({ ...crowd, byzantine: counted }, parameters) ?? crowd
      continue
    }
    const objection = step.objection?.(crowd, parameters)
    if (objection !== undefined) problems.push(`${name} ${objection}`)
    if (step.notForCommits !== undefined) problems.push(`${name} cannot make commits: ${step.notForCommits}`)
  }
  return problems
}

/** A step of a pipeline, looked up and its parameters parsed. */
export interface PreparedStep {
  readonly name: string
  readonly step: Step
  readonly parameters: unknown
}

/** @throws {@link AggregationError} as {@link createAggregator} */
export function prepare(spec: readonly (string | { readonly rule: string })[]): PreparedStep[] {
  const prepared = spec.map((entry) => {
    const { rule: name, ...given } = typeof entry === 'string' ? { rule: entry } : entry
    if (!Object.hasOwn(steps, name)) {
      throw new AggregationError({ code: 'UNKNOWN_RULE', rule: name, known: Object.keys(steps).join(' ') })
    }
    const step: Step = steps[name as StepName]
    const parsed = step.parameters.safeParse(given)
    if (!parsed.success) {
      throw new AggregationError({ code: 'BAD_PARAMETERS', rule: name, problem: z.prettifyError(parsed.error) })
    }
    return { name, step, parameters: parsed.data }
  })
  const last = prepared.at(-1)
  if (last === undefined) throw new AggregationError({ code: 'BAD_PIPELINE', problem: 'it is empty' })
  if (last.step.kind !== 'rule') {
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: `${last.name} needs a rule after it` })
  }
  const early = prepared.slice(0, -1).find(({ step }) => step.kind === 'rule')
  if (early !== undefined) {
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: `${early.name} can only be the last step` })
  }
  return prepared
}

/** @throws {@link AggregationError} `TOO_FEW_CONTRIBUTIONS` when the step's guarantee needs more rows */
export function requireCrowd({ name, step, parameters }: PreparedStep, sample: Sample): void {
  const peers = rowsOf(sample)
  const byzantine = byzantineCount(sample)
  const needs = step.needs?.(byzantine, parameters) ?? 1
  if (peers < needs) {
    throw new AggregationError({ code: 'TOO_FEW_CONTRIBUTIONS', rule: name, needs, actual: peers, byzantine })
  }
}

const MAX_FLOAT32 = 3.4028234663852886e38

/**
 * To float32, once. What is beyond it becomes the largest there is (FLTrust may ask for that). Adding 0 makes −0 into 0: rows that
 * differ only in the sign of a zero count as the same row.
 */
export function rounded(values: Float64Array): Float32Array {
  const out = new Float32Array(values.length)
  for (let k = 0; k < out.length; k++) out[k] = Math.min(Math.max(values[k]!, -MAX_FLOAT32), MAX_FLOAT32) + 0
  return out
}
