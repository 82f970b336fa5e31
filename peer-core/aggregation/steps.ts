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
import { tooManySubsets } from './rules/subsets.ts'
import { trimmedMean } from './rules/trimmed-mean.ts'
import { rowsOf, type Sample, type Vector } from './sample.ts'

/** How many rows a step gets and how many of them may lie. */
export interface Crowd {
  readonly peers: number
  readonly byzantine: number
  /** of the weight, that may lie */
  readonly share: number
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
  /** why it does not suit a crowd that is large enough for it */
  objection?(crowd: Crowd, parameters: z.output<P>): string | undefined
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
/** Not less: one over it, times a weight and a count of rows, must be a number. */
const smoothing = z.number().min(1e-30).max(1e30)
const iterations = z.int().min(1).max(100)
const variant = z.enum(['blanchard', 'byzfl']).default('blanchard')
/** Where a centered rule begins: the last committed delta (zeros before the first), the rows' own mean (the liars' to move), or zeros. */
const start = z.enum(['reference', 'mean', 'zeros']).default('reference')
const startsThere = ({ start }: { start: string }) => start === 'reference'

export const steps = {
  mean: rule(none, { run: mean }),
  median: rule(none, { run: median }),
  'trimmed-mean': rule(
    z
      .strictObject({ count: z.int().min(0).optional(), proportion: z.number().min(0).lt(0.5).optional() })
      .refine(
        ({ count, proportion }) => count === undefined || proportion === undefined,
        'count or proportion, not both',
      ),
    {
      run: (sample, parameters) => trimmedMean(sample, cutOf(sample, parameters)),
      needs: (_, { count = 0 }) => 2 * count + 1,
      objection({ peers, share }, parameters) {
        const cut = rowsCut(peers, parameters)
        // A part of the weight is cut, and not of the heads: 4 of 24 are less than a fifth.
        if (cut === undefined || cut / peers >= share - 1e-9) return undefined
        return `cuts ${cut} of ${peers} peers at each end and is to withstand ${Number((share * peers).toFixed(2))}`
      },
    },
  ),
  'geometric-median': rule(
    z.strictObject({ smoothing: smoothing.default(1e-6), steps: iterations.default(8), start }),
    {
      run: (sample, { start, ...options }) => geometricMedian(sample, { ...options, start: startOf(sample, start) }),
      usesReference: startsThere,
    },
  ),
  krum: rule(z.strictObject({ variant }), { run: (sample, { variant }) => krum(sample, variant), needs: krumNeeds }),
  'multi-krum': rule(z.strictObject({ variant, keep: z.int().min(1).optional() }), {
    run: (sample, { variant, keep }) => multiKrum(sample, variant, keep),
    needs: (byzantine, { variant, keep = 1 }) => Math.max(krumNeeds(byzantine, { variant }), keep + byzantine),
  }),
  bulyan: rule(none, { run: bulyan, needs: (byzantine) => 4 * byzantine + 3 }),
  'minimum-diameter': rule(none, {
    run: minimumDiameter,
    needs: majority,
    objection: tooManySubsets('minimum-diameter'),
  }),
  smea: rule(none, { run: smallestEigenvalue, needs: majority, objection: tooManySubsets('smea') }),
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
    after({ peers, byzantine }, { size }) {
      const buckets = Math.ceil(peers / size)
      return { peers: buckets, byzantine, share: byzantine / buckets }
    },
  }),
}

function majority(byzantine: number): number {
  return 2 * byzantine + 1
}

function krumNeeds(byzantine: number, { variant }: { variant: 'blanchard' | 'byzfl' }): number {
  return variant === 'blanchard' ? 2 * byzantine + 3 : 2 * byzantine + 2
}

interface Cut {
  readonly count?: number
  readonly proportion?: number
}

/** A count or a proportion of rows (rounded down, as Flower and SciPy do); `undefined` when neither is given. */
function rowsCut(rows: number, { count, proportion }: Cut): number | undefined {
  return count ?? (proportion === undefined ? undefined : Math.floor(proportion * rows))
}

/** The same as weight, less than half of it where there are rows enough; the declared Byzantine weight when nothing is given. */
export function cutOf(sample: Sample, parameters: Cut): number {
  const rows = rowsOf(sample)
  const cut = rowsCut(rows, parameters)
  return cut === undefined ? sample.byzantineWeight : (cut * sample.total) / rows
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
