/**
 * Every step that a task's pipeline may name, with its parameters and what it needs of a cohort.
 * @module
 */
import { z } from 'zod'
import { AggregationError } from './errors.ts'
import { adaptiveClipping } from './mixing/adaptive-clipping.ts'
import { bucketing } from './mixing/bucketing.ts'
import { nearestNeighbours } from './mixing/nearest-neighbours.ts'
import { staticClipping } from './mixing/static-clipping.ts'
import { adaptiveCentering } from './rules/adaptive-centering.ts'
import { bulyan } from './rules/bulyan.ts'
import { caf } from './rules/caf.ts'
import { centeredClipping } from './rules/centered-clipping.ts'
import { fltrust, normOf } from './rules/fltrust.ts'
import { geometricMedian } from './rules/geometric-median.ts'
import { krum, multiKrum } from './rules/krum.ts'
import { meamed } from './rules/meamed.ts'
import { mean } from './rules/mean.ts'
import { median } from './rules/median.ts'
import { minimumDiameter } from './rules/minimum-diameter.ts'
import { monna } from './rules/monna.ts'
import { smallestEigenvalue } from './rules/smallest-eigenvalue.ts'
import { subsetsFit } from './rules/subsets.ts'
import { trimmedMean } from './rules/trimmed-mean.ts'
import { rowsOf, type Sample, type Vector } from './sample.ts'

/** How many rows a step gets and how many of them may lie. */
export interface Crowd {
  readonly peers: number
  readonly byzantine: number
}

interface StepOf<Kind extends string, P extends z.ZodType, Result> {
  readonly kind: Kind
  readonly parameters: P
  run(sample: Sample, parameters: z.output<P>): Result
  /** least number of rows for its guarantee, where it counts rows (what is needed of weight, `2b < W`, every step needs) */
  needs?(byzantine: number, parameters: z.output<P>): number
  /** does its result depend on the reference? */
  usesReference?(parameters: z.output<P>): boolean
}

/** Ends a pipeline: rows to one vector. */
export interface RuleStep<P extends z.ZodType = z.ZodType> extends StepOf<'rule', P, Float64Array> {
  /** does it answer for so many within a round's time? */
  affordable?(crowd: Crowd): boolean
  /** why a task's commits cannot be made by it */
  readonly notForCommits?: string
}

/** Comes before a rule: rows to rows. */
export interface MixingStep<P extends z.ZodType = z.ZodType> extends StepOf<'mixing', P, Sample> {
  /** the crowd that the next step sees */
  after?(crowd: Crowd, parameters: z.output<P>): Crowd
}

export type Step = RuleStep | MixingStep

const rule = <P extends z.ZodType>(parameters: P, step: Omit<RuleStep<P>, 'kind' | 'parameters'>): RuleStep<P> => ({
  kind: 'rule',
  parameters,
  ...step,
})

const mixing = <P extends z.ZodType>(
  parameters: P,
  step: Omit<MixingStep<P>, 'kind' | 'parameters'>,
): MixingStep<P> => ({
  kind: 'mixing',
  parameters,
  ...step,
})

const none = z.strictObject({})
const length = z.number().positive().max(1e30)
const iterations = z.int().min(1).max(100)
const variant = z.enum(['blanchard', 'byzfl']).default('blanchard')
/** Where a centered rule begins: the last committed delta (zeros before the first), the rows' own mean (the liars' to move), or zeros. */
const start = z.enum(['reference', 'mean', 'zeros']).default('reference')
const startsThere = ({ start }: { start: string }) => start === 'reference'

export const steps = {
  mean: rule(none, { run: mean }),
  median: rule(none, { run: median }),
  'trimmed-mean': rule(
    z.strictObject({ count: z.int().min(0).optional(), proportion: z.number().min(0).lt(0.5).optional() }),
    { run: (sample, parameters) => trimmedMean(sample, cutOf(sample, parameters)) },
  ),
  'geometric-median': rule(z.strictObject({ smoothing: length.default(1e-6), steps: iterations.default(8), start }), {
    run: (sample, { start, ...options }) => geometricMedian(sample, { ...options, start: startOf(sample, start) }),
    usesReference: startsThere,
  }),
  krum: rule(z.strictObject({ variant }), { run: (sample, { variant }) => krum(sample, variant), needs: krumNeeds }),
  'multi-krum': rule(z.strictObject({ variant, keep: z.int().min(1).optional() }), {
    run: (sample, { variant, keep }) => multiKrum(sample, variant, keep),
    needs: (byzantine, { variant, keep = 1 }) => Math.max(krumNeeds(byzantine, { variant }), keep + byzantine),
  }),
  bulyan: rule(none, { run: bulyan, needs: (byzantine) => 4 * byzantine + 3 }),
  'minimum-diameter': rule(none, { run: minimumDiameter, needs: majority, affordable: subsetsFit('minimum-diameter') }),
  smea: rule(none, { run: smallestEigenvalue, needs: majority, affordable: subsetsFit('smea') }),
  'centered-clipping': rule(z.strictObject({ radius: length, steps: iterations.default(1), start }), {
    run: (sample, { start, ...options }) => centeredClipping(sample, { ...options, start: startOf(sample, start) }),
    usesReference: startsThere,
  }),
  'adaptive-centering': rule(z.strictObject({ reach: z.number().min(1).max(100).default(2), start }), {
    run: (sample, { reach, start }) => adaptiveCentering(sample, { reach, start: startOf(sample, start) }),
    usesReference: startsThere,
  }),
  monna: rule(none, { run: (sample) => monna(sample, trustedBy('monna', sample)), usesReference: () => true }),
  meamed: rule(none, { run: meamed }),
  caf: rule(none, { run: caf }),
  fltrust: rule(none, {
    run: (sample) => fltrust(sample, trustedBy('fltrust', sample)),
    usesReference: () => true,
    // The last step in its place would let no step be longer than the one before, and the first has none.
    notForCommits: 'it trusts the update of a clean data set, and a mesh has none that everyone could recompute',
  }),
  arc: mixing(none, { run: adaptiveClipping }),
  'static-clipping': mixing(z.strictObject({ norm: length }), {
    run: (sample, { norm }) => staticClipping(sample, norm),
  }),
  nnm: mixing(none, { run: nearestNeighbours }),
  bucketing: mixing(z.strictObject({ size: z.int().min(1).max(64) }), {
    run: (sample, { size }) => bucketing(sample, size),
    after: ({ peers, byzantine }, { size }) => ({ peers: Math.ceil(peers / size), byzantine }),
  }),
}

function majority(byzantine: number): number {
  return 2 * byzantine + 1
}

function krumNeeds(byzantine: number, { variant }: { variant: 'blanchard' | 'byzfl' }): number {
  return variant === 'blanchard' ? 2 * byzantine + 3 : 2 * byzantine + 2
}

/** A count or a proportion of rows (rounded down, as Flower and SciPy do) as weight; the declared Byzantine weight when neither is given. */
export function cutOf(sample: Sample, { count, proportion }: { count?: number; proportion?: number }): number {
  if (count === undefined && proportion === undefined) return sample.byzantineWeight
  const rows = rowsOf(sample)
  const cut = count ?? Math.floor(proportion! * rows)
  if (2 * cut >= rows) {
    throw new AggregationError({
      code: 'TOO_FEW_CONTRIBUTIONS',
      rule: 'trimmed-mean',
      needs: 2 * cut + 1,
      actual: rows,
      byzantine: cut,
    })
  }
  return (cut * sample.total) / rows
}

function startOf(sample: Sample, start: 'reference' | 'mean' | 'zeros'): Vector {
  if (start === 'mean') return mean(sample)
  return (start === 'reference' ? sample.reference : undefined) ?? new Float64Array(sample.dimension)
}

function trustedBy(rule: string, sample: Sample): Vector {
  const { reference } = sample
  if (reference === undefined || (rule === 'fltrust' && !(normOf(reference) > 0))) {
    throw new AggregationError({ code: 'REFERENCE_NEEDED', rule })
  }
  return reference
}
