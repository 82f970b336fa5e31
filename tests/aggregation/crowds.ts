/** Crowds of rows for this room's tests. */
import fc from 'fast-check'
import type { PipelineSpec } from '../../peer-core/aggregation/index.ts'
import { seededRandom } from '../../peer-core/foundation/index.ts'

export interface Crowd {
  readonly rows: Float32Array[]
  /** whole points */
  readonly weights: number[]
  /** weight that may lie, `2b < W` */
  readonly liars: number
}

/** Numbers of ordinary size in float32, with ties and zeros among them. */
const ordinary = fc.oneof(
  { weight: 4, arbitrary: fc.float({ min: -1000, max: 1000, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -0, 1, -1, 0.5) },
)

/** Everything that a float32 can be short of infinity. */
export const extreme = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1.4e-45, -1.4e-45, 3.4028234663852886e38, -3.4028234663852886e38, 1e-38),
)

export function crowds({ coordinate = ordinary as fc.Arbitrary<number>, minimum = 1 } = {}): fc.Arbitrary<Crowd> {
  return fc
    .record({ peers: fc.integer({ min: minimum, max: 9 }), dimension: fc.integer({ min: 1, max: 5 }) })
    .chain(({ peers, dimension }) =>
      fc.record({
        rows: fc.array(
          fc.array(coordinate, { minLength: dimension, maxLength: dimension }).map((row) => Float32Array.from(row)),
          { minLength: peers, maxLength: peers },
        ),
        weights: fc.array(fc.integer({ min: 5, max: 10 }), { minLength: peers, maxLength: peers }),
        share: fc.double({ min: 0, max: 0.49, noNaN: true }),
      }),
    )
    .map(({ rows, weights, share }) => ({
      rows,
      weights,
      liars: Math.floor(share * weights.reduce((a, b) => a + b)),
    }))
}

/** Rows of several blocks' length from a seed; the first `shared` coordinates are the same in all of them. */
export function longRows(seed: number, peers: number, dimension: number, shared = 0): Float32Array[] {
  const common = seededRandom(`common/${seed}`)
  const start = Float32Array.from({ length: shared }, () => common.normal())
  return Array.from({ length: peers }, (_, i) => {
    const random = seededRandom(`${seed}/${i}`)
    return Float32Array.from({ length: dimension }, (_, k) => (k < shared ? start[k]! : random.normal()))
  })
}

/** One pipeline for every rule and every pre-aggregator, and some of several steps. */
export const pipelines: readonly PipelineSpec[] = [
  ['mean'],
  ['median'],
  ['trimmed-mean'],
  [{ rule: 'trimmed-mean', proportion: 0.1 }],
  ['geometric-median'],
  [{ rule: 'geometric-median', start: 'mean' }],
  ['krum'],
  [{ rule: 'krum', variant: 'byzfl' }],
  ['multi-krum'],
  ['bulyan'],
  ['minimum-diameter'],
  ['smea'],
  [{ rule: 'centered-clipping', radius: 1 }],
  [{ rule: 'centered-clipping', radius: 1, start: 'mean', steps: 3 }],
  ['adaptive-centering'],
  [{ rule: 'adaptive-centering', reach: 1, start: 'mean' }],
  ['monna'],
  ['meamed'],
  ['caf'],
  ['fltrust'],
  ['arc', 'mean'],
  [{ rule: 'static-clipping', norm: 2 }, 'mean'],
  ['nnm', 'mean'],
  [{ rule: 'bucketing', size: 2 }, 'median'],
  ['arc', 'nnm', 'trimmed-mean'],
  ['arc', 'nnm', 'geometric-median'],
  ['nnm', 'krum'],
  ['nnm', 'caf'],
  ['nnm', 'nnm', 'median'],
  [{ rule: 'bucketing', size: 2 }, 'nnm', 'trimmed-mean'],
]

/** What a length may be, its limits among them. */
const anyLength = fc.oneof(
  fc.constantFrom(Number.MIN_VALUE, 1e-300, 1e-30, 1e-6, 1, 1e30),
  fc.double({ min: 1e-30, max: 1e30, noNaN: true }),
)
const start = fc.constantFrom('reference', 'mean', 'zeros')
const steps = fc.integer({ min: 1, max: 4 })
const variant = fc.constantFrom('blanchard', 'byzfl')

const anyMixing = fc.oneof(
  fc.constantFrom('arc' as const, 'nnm' as const),
  fc.record({ rule: fc.constant('static-clipping' as const), norm: anyLength }),
  fc.record({ rule: fc.constant('bucketing' as const), size: fc.integer({ min: 1, max: 4 }) }),
)
const anyRule = fc.oneof(
  fc.constantFrom(...(['mean', 'median', 'trimmed-mean', 'bulyan', 'minimum-diameter', 'smea'] as const)),
  fc.constantFrom(...(['monna', 'meamed', 'caf', 'fltrust'] as const)),
  fc.record({ rule: fc.constant('trimmed-mean' as const), count: fc.integer({ min: 0, max: 4 }) }),
  fc.record({
    rule: fc.constant('trimmed-mean' as const),
    proportion: fc.double({ min: 0, max: 0.5, maxExcluded: true, noNaN: true }),
  }),
  fc.record({
    rule: fc.constant('geometric-median' as const),
    smoothing: fc.oneof(fc.constantFrom(1e-30, 1e30), fc.double({ min: 1e-30, max: 1e30, noNaN: true })),
    steps,
    start,
  }),
  fc.record({ rule: fc.constant('krum' as const), variant }),
  fc.record({ rule: fc.constant('multi-krum' as const), variant, keep: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ rule: fc.constant('centered-clipping' as const), radius: anyLength, steps, start }),
  fc.record({
    rule: fc.constant('adaptive-centering' as const),
    reach: fc.double({ min: 1, max: 100, noNaN: true }),
    start,
  }),
)

/** Every step with any parameters that its schema takes, in any order that is a pipeline. */
export const anyPipeline: fc.Arbitrary<PipelineSpec> = fc
  .tuple(fc.array(anyMixing, { maxLength: 3 }), anyRule)
  .map(([mixing, rule]) => [...mixing, rule])

export const nameOf = (spec: PipelineSpec) => JSON.stringify(spec)

/** The bytes of a result: what is voted on. */
export function bitsOf(result: Float32Array): string {
  return Buffer.from(result.buffer, result.byteOffset, result.byteLength).toString('hex')
}
