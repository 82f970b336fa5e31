import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAggregator, defaultPipeline, type PipelineSpec } from '../../peer-core/aggregation/index.ts'
import { bucketing } from '../../peer-core/aggregation/mixing/bucketing.ts'
import { nearestNeighbours } from '../../peer-core/aggregation/mixing/nearest-neighbours.ts'
import { writeRows } from '../../peer-core/aggregation/mixture.ts'
import { sampleOf } from '../../peer-core/aggregation/sample.ts'
import * as naive from '../reference/naive-aggregation.ts'
import { type Crowd, crowds } from './crowds.ts'

/** Rows without near ties, whose order rounding could change: a grid, spread by an irrational step. */
const spread = crowds({
  coordinate: fc.integer({ min: -4000, max: 4000 }).map((x) => Math.fround(x * Math.SQRT2)),
})

const inNumbers = ({ rows, weights, liars }: Crowd) => ({ rows: rows.map((row) => [...row]), weights, liars })

/** The room's canonical order, for a rule where several subsets are right and the first one wins. */
const inOrder = (rows: number[][]) =>
  rows.toSorted((a, b) => a.map((x, k) => x - b[k]!).find((difference) => difference !== 0) ?? 0)

function close(actual: ArrayLike<number>, expected: readonly number[]): boolean {
  const scale = Math.max(1, ...expected.map(Math.abs))
  return expected.every((x, k) => Math.abs(x - actual[k]!) <= 1e-5 * scale)
}

type Weighted = readonly [
  name: string,
  spec: PipelineSpec,
  reference: (crowd: naive.Crowd) => number[],
  fair?: (crowd: Crowd) => boolean,
]

/** Where centered rules start from, in these tests. */
const startOf = ({ rows }: { readonly rows: readonly ArrayLike<number>[] }) =>
  Array.from(rows[0]!, (_, k) => 100 * Math.fround(Math.cos(k + 1)))

const weighted: readonly Weighted[] = [
  ['the default', defaultPipeline, (crowd) => naive.adaptiveCentering(crowd, 2, startOf(crowd))],
  [
    'adaptive centering, near',
    [{ rule: 'adaptive-centering', reach: 1, start: 'zeros' }],
    (crowd) =>
      naive.adaptiveCentering(
        crowd,
        1,
        crowd.rows[0]!.map(() => 0),
      ),
  ],
  ['monna', ['monna'], (crowd) => naive.monna(crowd, startOf(crowd))],
  ['caf', ['caf'], naive.caf],
  ['mean', ['mean'], naive.mean],
  ['median', ['median'], naive.median],
  ['trimmed mean', ['trimmed-mean'], naive.trimmedMean],
  // With an even total the median may lie in the middle of two rows, and which of them is nearer is anyone's guess.
  ['meamed', ['meamed'], naive.meamed, ({ weights }) => weights.reduce((a, b) => a + b) % 2 === 1],
  ['nearest neighbours', ['nnm', 'mean'], (crowd) => naive.mean({ ...crowd, rows: naive.nearestNeighbours(crowd) })],
  [
    'nearest neighbours, trimmed',
    ['nnm', 'trimmed-mean'],
    (crowd) => naive.trimmedMean({ ...crowd, rows: naive.nearestNeighbours(crowd) }),
  ],
  [
    'static clipping',
    [{ rule: 'static-clipping', norm: 3_000 }, 'mean'],
    (crowd) => naive.mean({ ...crowd, rows: naive.staticClipping(crowd.rows, 3_000) }),
  ],
  [
    'nearest neighbours twice',
    ['nnm', 'nnm', 'trimmed-mean'],
    (crowd) => {
      const once = { ...crowd, rows: naive.nearestNeighbours(crowd) }
      return naive.trimmedMean({ ...once, rows: naive.nearestNeighbours(once) })
    },
  ],
  [
    'geometric median',
    [{ rule: 'geometric-median', smoothing: 0.1, steps: 5, start: 'mean' }],
    (crowd) => naive.geometricMedian(crowd, 0.1, 5),
  ],
  [
    'centered clipping',
    [{ rule: 'centered-clipping', radius: 50, steps: 3 }],
    (crowd) => naive.centeredClipping(crowd, 50, 3, startOf(crowd)),
  ],
]

describe.each(weighted.map(([name, ...rest]) => [name, rest] as const))(
  '%s',
  (_, [spec, reference, fair = () => true]) => {
    it('is what its paper says, written out', () => {
      fc.assert(
        fc.property(spread, (crowd) => {
          // A tie between neighbours may be broken either way, and then two answers are right.
          fc.pre(noTies(crowd) && fair(crowd))
          const expected = reference(inNumbers(crowd))
          // Whole points, and the same in tenths: decimals lose bits, and no rule may tell.
          for (const unit of [1, 10]) {
            const actual = createAggregator(spec)({
              contributions: crowd.rows,
              weights: crowd.weights.map((weight) => weight / unit),
              byzantineWeight: crowd.liars / unit,
              reference: Float32Array.from(startOf(crowd)),
            })
            expect(close(actual, expected)).toBe(true)
          }
        }),
        { numRuns: 150 },
      )
    })
  },
)

const counted: readonly (readonly [string, PipelineSpec, (rows: naive.Rows, f: number) => number[]])[] = [
  ['krum', ['krum'], naive.krum],
  ['minimum diameter', ['minimum-diameter'], naive.minimumDiameter],
  [
    'adaptive clipping',
    ['arc', 'mean'],
    (rows, f) => naive.mean({ rows: naive.adaptiveClipping(rows, f), weights: rows.map(() => 1), liars: 0 }),
  ],
  ['multi-krum', ['multi-krum'], naive.multiKrum],
  ['smea', ['smea'], naive.smallestEigenvalue],
  [
    'clipped, mixed and trimmed',
    ['arc', 'nnm', 'trimmed-mean'],
    (rows, liars) => {
      const weights = rows.map(() => 1)
      const clipped = { rows: naive.adaptiveClipping(rows, liars), weights, liars }
      return naive.trimmedMean({ rows: naive.nearestNeighbours(clipped), weights, liars })
    },
  ],
]

describe.each(counted)('%s', (name, spec, reference) => {
  it('is what its paper says, written out', () => {
    fc.assert(
      fc.property(
        crowds({ minimum: 5, coordinate: fc.integer({ min: -4000, max: 4000 }).map((x) => x * Math.SQRT2) }),
        (crowd) => {
          // On a line, clipped rows meet at the limit and tie.
          fc.pre(crowd.rows[0]!.length > 1 && noTies(crowd))
          const f = Math.floor((crowd.rows.length - 3) / 2)
          const actual = createAggregator(spec)({ contributions: crowd.rows, byzantineWeight: f })
          expect(close(actual, reference(inOrder(inNumbers(crowd).rows), f))).toBe(true)
        },
      ),
      // An eigenvalue for each of up to 84 subsets.
      { numRuns: name === 'smea' ? 20 : 150 },
    )
  })
})

describe('bulyan', () => {
  it('is what its paper says, written out', () => {
    fc.assert(
      fc.property(
        crowds({ minimum: 7, coordinate: fc.integer({ min: -4000, max: 4000 }).map((x) => x * Math.SQRT2) }),
        (crowd) => {
          fc.pre(noTies(crowd))
          const actual = createAggregator(['bulyan'])({ contributions: crowd.rows, byzantineWeight: 1 })
          expect(close(actual, naive.bulyan(inOrder(inNumbers(crowd).rows), 1))).toBe(true)
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('fltrust', () => {
  it('is what its paper says, written out', () => {
    fc.assert(
      fc.property(spread, (crowd) => {
        const trusted = crowd.rows[0]!.map((_, k) => k - 1.5)
        const actual = createAggregator(['fltrust'])({
          contributions: crowd.rows,
          weights: crowd.weights,
          byzantineWeight: crowd.liars,
          reference: trusted,
        })
        expect(close(actual, naive.fltrust(inNumbers(crowd), [...trusted]))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})

describe('nearestNeighbours', () => {
  it('writes out the rows that it stands for', () => {
    fc.assert(
      fc.property(spread, (crowd) => {
        fc.pre(noTies(crowd))
        const sample = sampleOf(crowd.rows, { weights: crowd.weights, byzantineWeight: crowd.liars })
        const expected = naive.nearestNeighbours(inNumbers(crowd))
        writeRows(nearestNeighbours(sample)).forEach((row, i) => {
          expect(close(row, expected[i]!)).toBe(true)
        })
      }),
    )
  })
})

describe('bucketing', () => {
  it('is what its paper says, written out', () => {
    const shuffled = spread.chain((crowd) => {
      const order = fc.shuffledSubarray(
        crowd.rows.map((_, i) => i),
        { minLength: crowd.rows.length },
      )
      return fc.tuple(fc.constant(crowd), fc.integer({ min: 1, max: 4 }), order)
    })
    fc.assert(
      fc.property(shuffled, ([crowd, size, order]) => {
        const expected = naive.bucketing(inNumbers(crowd), size, order)
        // Whole points, and the same in tenths.
        for (const unit of [1, 10]) {
          const weights = crowd.weights.map((weight) => weight / unit)
          const sample = bucketing(sampleOf(crowd.rows, { weights, byzantineWeight: crowd.liars / unit }), size, order)
          writeRows(sample).forEach((row, i) => {
            expect(close(row, expected.rows[i]!)).toBe(true)
          })
          const inPoints = expected.weights.reduce((a, b) => a + b) / sample.total
          expect(
            close(
              sample.weights.map((weight) => weight * inPoints),
              expected.weights,
            ),
          ).toBe(true)
          expect(sample.byzantineWeight * inPoints).toBeCloseTo(expected.liars, 5)
        }
      }),
      { numRuns: 150 },
    )
  })
})

/** No two distances between rows, no two lengths and no two coordinates' distances so close that rounding may rank them either way. */
function noTies({ rows }: Crowd): boolean {
  const gaps = rows.flatMap((a, i) => rows.slice(i + 1).map((b) => Math.hypot(...a.map((x, k) => x - b[k]!))))
  const lengths = rows.map((row) => Math.hypot(...row))
  const apart = (values: number[]) =>
    values.toSorted((a, b) => a - b).every((x, i, sorted) => i === 0 || x - sorted[i - 1]! > 1e-3)
  return apart([...gaps]) && apart(lengths)
}
