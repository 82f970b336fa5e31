import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AggregationError,
  type AggregationInput,
  createAggregator,
  type PipelineSpec,
} from '../../peer-core/aggregation/index.ts'
import { seededRandom } from '../../peer-core/foundation/index.ts'
import { anyPipeline, bitsOf, crowds, extreme, longRows, nameOf, pipelines } from './crowds.ts'

const named = pipelines.map((spec) => [nameOf(spec), spec] as const)
const runs = { numRuns: 30 }

/** The aggregate, or the code of the error where the crowd is not one that the pipeline can answer for. */
function outcome(spec: PipelineSpec, input: AggregationInput): Float32Array | string {
  try {
    return createAggregator(spec)(input)
  } catch (error) {
    if (error instanceof AggregationError) return error.code
    throw error
  }
}

const told = (result: Float32Array | string) => (typeof result === 'string' ? result : bitsOf(result))

describe.each(named)('%s', (_, spec) => {
  it('gives the same bits for every order of contributions', () => {
    const any = crowds().chain((crowd) =>
      fc.record({
        crowd: fc.constant(crowd),
        order: fc.shuffledSubarray(
          crowd.rows.map((_, i) => i),
          { minLength: crowd.rows.length },
        ),
      }),
    )
    fc.assert(
      fc.property(any, ({ crowd, order }) => {
        const rest = {
          byzantineWeight: crowd.liars,
          reference: new Float32Array(crowd.rows[0]!.length).fill(0.25),
          seed: 7,
        }
        const straight = outcome(spec, { contributions: crowd.rows, weights: crowd.weights, ...rest })
        const shuffled = outcome(spec, {
          contributions: order.map((i) => crowd.rows[i]!),
          weights: order.map((i) => crowd.weights[i]!),
          ...rest,
        })
        expect(told(shuffled)).toBe(told(straight))
      }),
      runs,
    )
  })

  it('never gives NaN or infinity, whatever finite numbers it gets', () => {
    fc.assert(
      fc.property(crowds({ coordinate: extreme }), ({ rows, weights, liars }) => {
        const result = outcome(spec, { contributions: rows, weights, byzantineWeight: liars, reference: rows[0] })
        if (typeof result !== 'string') expect(result.every(Number.isFinite)).toBe(true)
      }),
      runs,
    )
  })

  it('gives the same for equal weights as for none', () => {
    fc.assert(
      // Powers of two: any other weight rounds in the sums, and at a tie of distances one bit decides who is near.
      fc.property(crowds(), fc.constantFrom(0.25, 0.5, 1, 8), ({ rows }, weight) => {
        const byzantine = Math.floor((rows.length - 1) / 4)
        const rest = { contributions: rows, reference: rows[0] }
        const plain = outcome(spec, { ...rest, byzantineWeight: byzantine })
        const weighted = outcome(spec, {
          ...rest,
          weights: rows.map(() => weight),
          byzantineWeight: byzantine * weight,
        })
        expectClose(weighted, plain, 1e-5)
      }),
      runs,
    )
  })

  it('gives the same bits for rows of several blocks in any order', () => {
    const rows = longRows(1, 7, 1_300, 600)
    const order = seededRandom(2).shuffle(rows.map((_, i) => i))
    const rest = { byzantineWeight: 1, reference: rows[3], seed: 'x' }
    const straight = createAggregator(spec)({ contributions: rows, ...rest })
    const shuffled = createAggregator(spec)({ contributions: order.map((i) => rows[i]!), ...rest })
    expect(bitsOf(shuffled)).toBe(bitsOf(straight))
  })
})

describe('any pipeline of any parameters', () => {
  it('gives numbers, or the error that says why not', () => {
    let answered = 0
    fc.assert(
      fc.property(anyPipeline, crowds({ coordinate: extreme }), (spec, { rows, weights, liars }) => {
        const input = { contributions: rows, weights, byzantineWeight: liars, reference: rows.at(-1), seed: 3 }
        const result = outcome(spec, input)
        if (typeof result === 'string') return
        answered++
        expect(result.every(Number.isFinite)).toBe(true)
      }),
      { numRuns: 1_500 },
    )
    expect(answered).toBeGreaterThan(700)
  })
})

/** Rules whose result moves with the rows: no lengths, no fixed center. */
const translated = named.filter(
  ([name]) => !/arc|clipping|fltrust|"(geometric-median|adaptive-centering)"\]|monna/.test(name),
)

describe.each(translated)('%s, moved', (_, spec) => {
  it('moves with its rows', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), (seed, shift) => {
        // Halves move without rounding, and rows from a seed are never so close that rounding could rank them anew.
        const rows = longRows(seed, 7, 4).map((row) => row.map((x) => Math.round(x * 1024) / 1024))
        const moved = rows.map((row) => row.map((x) => x + shift / 2))
        const straight = createAggregator(spec)({ contributions: rows, byzantineWeight: 1, seed: 1 })
        const result = createAggregator(spec)({ contributions: moved, byzantineWeight: 1, seed: 1 })
        expectClose(
          result,
          straight.map((x) => x + shift / 2),
          1e-5,
        )
      }),
      runs,
    )
  })
})

/** Rules without a length of their own. */
const scaled = named.filter(([name]) => !/static|centered|"geometric-median"|start|fltrust|monna/.test(name))

describe.each(scaled)('%s, scaled', (_, spec) => {
  it('scales with its rows, to the bit for a power of two', () => {
    fc.assert(
      fc.property(fc.integer(), fc.constantFrom(0.25, 2, 1024), (seed, factor) => {
        const rows = longRows(seed, 7, 4)
        const straight = createAggregator(spec)({ contributions: rows, byzantineWeight: 1, seed: 1 })
        const larger = rows.map((row) => row.map((x) => x * factor))
        const result = createAggregator(spec)({ contributions: larger, byzantineWeight: 1, seed: 1 })
        expect(bitsOf(result)).toBe(bitsOf(straight.map((x) => x * factor)))
      }),
      runs,
    )
  })
})

describe.each([['trimmed-mean'], ['median']] as const)('%s, under attack', (rule) => {
  it('stays within the honest range while liars hold at most the declared weight', () => {
    const any = crowds({ minimum: 3 }).chain((honest) =>
      fc.record({ honest: fc.constant(honest), lie: fc.array(extreme, { minLength: 5, maxLength: 5 }) }),
    )
    fc.assert(
      fc.property(
        any,
        fc.array(fc.integer({ min: 5, max: 10 }), { minLength: 1, maxLength: 4 }),
        ({ honest, lie }, lying) => {
          const byzantineWeight = lying.reduce((a, b) => a + b)
          fc.pre(2 * byzantineWeight < byzantineWeight + honest.weights.reduce((a, b) => a + b))
          const dimension = honest.rows[0]!.length
          const lies = lying.map((_, i) =>
            Float32Array.from({ length: dimension }, (_, k) => lie[(i + k) % lie.length]!),
          )
          const result = createAggregator([rule])({
            contributions: [...honest.rows, ...lies],
            weights: [...honest.weights, ...lying],
            byzantineWeight,
          })
          result.forEach((x, k) => {
            const values = honest.rows.map((row) => row[k]!)
            expect(x).toBeGreaterThanOrEqual(Math.min(...values))
            expect(x).toBeLessThanOrEqual(Math.max(...values))
          })
        },
      ),
      { numRuns: 300 },
    )
  })
})

/** Rules that answer for two liars in eleven: whatever those send, the result stays by the honest rows. */
const robust = named.filter(([name]) => !/"mean"|proportion|bucketing|static|fltrust|start":"mean","steps/.test(name))

describe.each(robust)('%s, under attack', (_, spec) => {
  it('stays by the honest rows whatever two of eleven send', () => {
    const lie = fc.array(extreme, { minLength: 6, maxLength: 6 }).map((row) => Float32Array.from(row))
    fc.assert(
      fc.property(fc.integer(), lie, lie, (seed, first, second) => {
        const honest = longRows(seed, 9, 6)
        const result = createAggregator(spec)({
          contributions: [...honest, first, second],
          byzantineWeight: 2,
          reference: honest[0],
        })
        const center = createAggregator(['mean'])({ contributions: honest, byzantineWeight: 0 })
        const widest = Math.max(...honest.map((row) => gap(row, center)))
        expect(gap(result, center)).toBeLessThan(3 * widest)
      }),
      runs,
    )
  })
})

describe('weights', () => {
  it.each([['mean'], ['median'], ['trimmed-mean'], ['geometric-median']] as const)(
    'count in %s as so many copies of the row',
    (rule) => {
      const spec: PipelineSpec = rule === 'geometric-median' ? [{ rule, smoothing: 0.5, start: 'mean' }] : [rule]
      fc.assert(
        fc.property(crowds(), ({ rows, weights, liars }) => {
          const copies = rows.flatMap((row, i) => Array<Float32Array>(weights[i]!).fill(row))
          const weighted = createAggregator(spec)({ contributions: rows, weights, byzantineWeight: liars })
          const repeated = createAggregator(spec)({ contributions: copies, byzantineWeight: liars })
          expectClose(weighted, repeated, 1e-5)
        }),
        runs,
      )
    },
  )
})

function gap(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.hypot(...Array.from(a, (x, k) => x - b[k]!))
}

function expectClose(actual: Float32Array | string, expected: Float32Array | string, tolerance: number): void {
  if (typeof actual === 'string' || typeof expected === 'string') {
    expect(actual).toEqual(expected)
    return
  }
  const scale = Math.max(1, ...expected.map(Math.abs))
  actual.forEach((x, k) => {
    expect(Math.abs(x - expected[k]!)).toBeLessThanOrEqual(tolerance * scale)
  })
}
