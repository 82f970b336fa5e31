/**
 * Pipelines by name: `['arc', 'nnm', 'trimmed-mean']` in a task file becomes a function from contributions to their aggregate.
 * @module
 */
import { z } from 'zod'
import { canonicalOrder } from './canonical.ts'
import { firstUnusable } from './contribution.ts'
import { AggregationError } from './errors.ts'
import type { Sample, Vector } from './sample.ts'
import { type Crowd, type Step, steps } from './steps.ts'
import { exactGrid, exactWeights, onGrid, sum } from './weights.ts'

export interface AggregationInput {
  /** n rows of one length d */
  readonly contributions: readonly Vector[]
  /** reputation per row, positive; equal when absent */
  readonly weights?: readonly number[]
  /** weight to withstand, in the unit of the weights (count of peers when weights are absent), `2·b < W` */
  readonly byzantineWeight: number
  /** where centered rules start from: the last committed delta; zeros when absent */
  readonly reference?: Vector
  /** the round's public randomness (only `bucketing` uses it): what nobody knew when contributing, such as the last certificate's hash */
  readonly seed?: number | string
}

export type Aggregator = (input: AggregationInput) => Float32Array

export type StepName = keyof typeof steps
/** a step's name, or its name with parameters */
export type StepSpec = StepName | ({ readonly rule: StepName } & Readonly<Record<string, unknown>>)
export type PipelineSpec = readonly StepSpec[]

/** What a task gets when it names nothing. */
export const defaultPipeline: PipelineSpec = ['trimmed-mean']

interface Prepared {
  readonly name: string
  readonly step: Step<unknown>
  readonly parameters: unknown
}

/**
 * @throws {@link AggregationError} `UNKNOWN_RULE`, `BAD_PARAMETERS`, `BAD_PIPELINE`
 * @returns an {@link Aggregator}: the same bits for every order of contributions and on every engine; it throws
 * {@link AggregationError} for input that it cannot answer, and never returns NaN
 */
export function createAggregator(spec: PipelineSpec): Aggregator {
  const prepared = prepare(spec)
  return (input) => {
    let sample = sampleOf(input)
    for (const { name, step, parameters } of prepared) {
      if (step.kind === 'rule') return rounded(step.run(sample, parameters))
      sample = step.run(sample, parameters)
      enoughWeight(sample.total, sample.byzantineWeight, name)
    }
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: 'no rule at its end' })
  }
}

/** Schema of a pipeline in a task file. */
export const pipelineSchema = z
  .array(z.union([z.string(), z.looseObject({ rule: z.string() })]))
  .min(1)
  .max(8)
  .superRefine((spec, context) => {
    try {
      prepare(spec as PipelineSpec)
    } catch (error) {
      if (!(error instanceof AggregationError)) throw error
      context.addIssue({ code: 'custom', message: error.message })
    }
  })
  .transform((spec) => spec as PipelineSpec)

/**
 * Does the declared Byzantine share fit the cohort? For the moment when a task is published.
 * @returns problems as text, none when it fits
 */
export function fits(
  spec: PipelineSpec,
  cohort: { readonly peers: number; readonly byzantineShare: number },
): string[] {
  let crowd: Crowd = { peers: cohort.peers, byzantine: Math.floor(cohort.peers * cohort.byzantineShare + 1e-9) }
  const problems: string[] = []
  for (const { name, step, parameters } of prepare(spec)) {
    if (2 * crowd.byzantine >= crowd.peers) {
      problems.push(`${name}: ${crowd.byzantine} of ${crowd.peers} may lie; no rule withstands half`)
      break
    }
    const problem = step.problem?.(crowd, parameters)
    if (problem !== undefined) problems.push(`${name}: ${problem}`)
    if (step.kind === 'mixing') crowd = step.after?.(crowd, parameters) ?? crowd
  }
  return problems
}

function prepare(spec: PipelineSpec): Prepared[] {
  const prepared = spec.map((entry) => {
    const { rule: name, ...given } = typeof entry === 'string' ? { rule: entry } : entry
    if (!Object.hasOwn(steps, name)) {
      throw new AggregationError({ code: 'UNKNOWN_RULE', rule: name, known: Object.keys(steps).join(' ') })
    }
    const step = steps[name] as Step<unknown>
    const parsed = step.parameters.safeParse(given)
    if (!parsed.success) {
      throw new AggregationError({ code: 'BAD_PARAMETERS', rule: name, problem: z.prettifyError(parsed.error) })
    }
    return { name, step, parameters: parsed.data }
  })
  const last = prepared.length - 1
  const misplaced = prepared.find(({ step }, i) => (step.kind === 'rule') !== (i === last))
  if (prepared.length === 0) throw new AggregationError({ code: 'BAD_PIPELINE', problem: 'empty' })
  if (misplaced !== undefined) {
    const problem =
      misplaced.step.kind === 'rule' ? `${misplaced.name} ends a pipeline` : `${misplaced.name} needs a rule after it`
    throw new AggregationError({ code: 'BAD_PIPELINE', problem })
  }
  return prepared
}

function sampleOf(input: AggregationInput): Sample {
  const { contributions, reference } = input
  const first = contributions[0]
  if (first === undefined) throw new AggregationError({ code: 'NO_CONTRIBUTIONS' })
  const dimension = first.length
  contributions.forEach((row, at) => {
    usable(row, dimension, 'contribution', at)
  })
  if (reference !== undefined) usable(reference, dimension, 'reference')
  const given = input.weights ?? contributions.map(() => 1)
  if (given.length !== contributions.length) {
    const facts = { expected: contributions.length, actual: given.length }
    throw new AggregationError({ code: 'LENGTH_MISMATCH', what: 'weights', ...facts })
  }
  given.forEach((weight, at) => {
    if (!(weight > 0 && weight < Number.MAX_SAFE_INTEGER))
      throw new AggregationError({ code: 'BAD_WEIGHT', at, weight })
  })
  if (!(input.byzantineWeight >= 0)) {
    throw new AggregationError({ code: 'BAD_BYZANTINE_WEIGHT', byzantineWeight: input.byzantineWeight })
  }
  const step = exactGrid(given)
  const weights = exactWeights(given, step)
  const total = sum(weights)
  enoughWeight(total, input.byzantineWeight, 'input')
  const order = canonicalOrder(contributions, weights)
  return {
    sources: order.map((i) => contributions[i]!),
    dimension,
    weights: Float64Array.from(order, (i) => weights[i]!),
    total,
    byzantineWeight: onGrid(input.byzantineWeight, step),
    reference,
    seed: input.seed ?? 0,
  }
}

/** To float32, once. Adding 0 makes −0 into 0: rows that differ only in the sign of a zero count as the same row. */
function rounded(values: Float64Array): Float32Array {
  const out = new Float32Array(values.length)
  for (let k = 0; k < out.length; k++) out[k] = values[k]! + 0
  return out
}

function usable(row: Vector, length: number, what: 'contribution' | 'reference', at?: number): void {
  if (row.length !== length) {
    throw new AggregationError({ code: 'LENGTH_MISMATCH', what, expected: length, actual: row.length, at })
  }
  const coordinate = firstUnusable(row)
  if (coordinate >= 0) {
    throw new AggregationError({ code: 'NON_FINITE', what, at, coordinate, value: row[coordinate]! })
  }
}

function enoughWeight(total: number, byzantineWeight: number, at: string): void {
  if (!(2 * byzantineWeight < total)) {
    throw new AggregationError({ code: 'NOT_ENOUGH_WEIGHT', total, byzantineWeight, at })
  }
}
