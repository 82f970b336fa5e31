import { describe, expect, it } from 'vitest'
import {
  AggregationError,
  type AggregationFault,
  type AggregationInput,
  createAggregator,
  type PipelineSpec,
} from '../../peer-core/aggregation/index.ts'
import { longRows, nameOf, pipelines } from './crowds.ts'

const row = (...values: number[]) => Float32Array.from(values)

function faultOf(run: () => unknown): AggregationFault | undefined {
  try {
    run()
  } catch (error) {
    if (error instanceof AggregationError) return error.fault
    throw error
  }
  return undefined
}

const asked = (spec: PipelineSpec, input: AggregationInput) => faultOf(() => createAggregator(spec)(input))

describe.each(pipelines.map((spec) => [nameOf(spec), spec] as const))('%s', (_, spec) => {
  const good = longRows(3, 7, 4)
  const check = (input: Partial<AggregationInput>) =>
    asked(spec, { contributions: good, byzantineWeight: 1, reference: good[0], ...input })

  it('answers for what is right', () => {
    expect(check({})).toBeUndefined()
  })

  it('refuses no contributions', () => {
    expect(check({ contributions: [] })).toEqual({ code: 'NO_CONTRIBUTIONS' })
  })

  it('refuses contributions of unequal lengths', () => {
    expect(check({ contributions: [...good, row(1, 2, 3)] })).toEqual({
      code: 'LENGTH_MISMATCH',
      what: 'contribution',
      expected: 4,
      actual: 3,
      at: 7,
    })
  })

  it('refuses a reference of another length', () => {
    expect(check({ reference: row(1) })).toMatchObject({
      code: 'LENGTH_MISMATCH',
      what: 'reference',
      expected: 4,
      actual: 1,
    })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %s', (value) => {
    expect(check({ contributions: [...good, row(0, 0, value, 0)] })).toEqual({
      code: 'NON_FINITE',
      what: 'contribution',
      at: 7,
      coordinate: 2,
      value,
    })
    expect(check({ reference: row(value, 0, 0, 0) })).toMatchObject({
      code: 'NON_FINITE',
      what: 'reference',
      coordinate: 0,
    })
  })

  it('refuses float64 numbers that float32 cannot hold', () => {
    const beyond = Float64Array.of(0, 1e39, 0, 0)
    expect(check({ contributions: [...good, beyond] })).toMatchObject({
      code: 'NON_FINITE',
      at: 7,
      coordinate: 1,
      value: 1e39,
    })
  })

  it('refuses liars that may hold half the weight', () => {
    expect(check({ byzantineWeight: 3.5 })).toMatchObject({
      code: 'NOT_ENOUGH_WEIGHT',
      total: 7,
      byzantineWeight: 3.5,
      at: 'input',
    })
    const weights = good.map(() => 2)
    expect(check({ weights, byzantineWeight: 7 })).toMatchObject({
      code: 'NOT_ENOUGH_WEIGHT',
      total: 14,
      byzantineWeight: 7,
    })
  })

  it.each([-1, Number.NaN, Number.NEGATIVE_INFINITY])('refuses a Byzantine weight of %s', (byzantineWeight) => {
    expect(check({ byzantineWeight })).toEqual({ code: 'BAD_BYZANTINE_WEIGHT', byzantineWeight })
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** -201])('refuses a weight of %s', (weight) => {
    const weights = good.map((_, i) => (i === 2 ? weight : 1))
    expect(check({ weights })).toEqual({ code: 'BAD_WEIGHT', at: 2, weight })
  })

  it('refuses as many weights as it does not have contributions', () => {
    expect(check({ weights: [1, 1] })).toMatchObject({
      code: 'LENGTH_MISMATCH',
      what: 'weights',
      expected: 7,
      actual: 2,
    })
  })

  it('answers for one contribution, or says how many it needs', () => {
    const fault = asked(spec, { contributions: [good[0]!], byzantineWeight: 0, reference: good[1] })
    if (fault !== undefined) expect(fault).toMatchObject({ code: 'TOO_FEW_CONTRIBUTIONS', actual: 1, byzantine: 0 })
  })

  it('refuses one contribution of which one may lie', () => {
    expect(asked(spec, { contributions: [good[0]!], byzantineWeight: 1 })).toMatchObject({ code: 'NOT_ENOUGH_WEIGHT' })
  })
})

describe('rules that count', () => {
  it.each([
    ['krum', 6, 2, 7],
    ['multi-krum', 6, 2, 7],
    ['bulyan', 10, 2, 11],
  ] as const)('%s says what it needs', (rule, actual, byzantine, needs) => {
    const contributions = longRows(1, actual, 3)
    expect(asked([rule], { contributions, byzantineWeight: byzantine })).toEqual({
      code: 'TOO_FEW_CONTRIBUTIONS',
      rule,
      needs,
      actual,
      byzantine,
    })
    expect(asked([rule], { contributions: longRows(1, needs, 3), byzantineWeight: byzantine })).toBeUndefined()
  })

  it('count the lightest rows as liars when weights differ', () => {
    const input = { contributions: longRows(1, 7, 3), weights: [10, 10, 10, 10, 10, 5, 5] }
    expect(asked(['krum'], { ...input, byzantineWeight: 10 })).toBeUndefined()
    expect(asked(['krum'], { ...input, byzantineWeight: 20 })).toMatchObject({
      code: 'TOO_FEW_CONTRIBUTIONS',
      byzantine: 3,
    })
  })
})

describe('exhaustive rules', () => {
  it('refuse more subsets than anyone waits for', () => {
    expect(asked(['minimum-diameter'], { contributions: longRows(1, 60, 2), byzantineWeight: 12 })).toMatchObject({
      code: 'TOO_MANY_CONTRIBUTIONS',
      rule: 'minimum-diameter',
    })
    expect(asked(['smea'], { contributions: longRows(1, 30, 2), byzantineWeight: 6 })).toMatchObject({
      code: 'TOO_MANY_CONTRIBUTIONS',
    })
  })
})

describe('rules with a trusted direction', () => {
  it.each(['monna', 'fltrust'] as const)('%s refuses to go without one', (rule) => {
    expect(asked([rule], { contributions: longRows(1, 5, 3), byzantineWeight: 1 })).toEqual({
      code: 'REFERENCE_NEEDED',
      rule,
    })
  })

  it('fltrust refuses a direction of no length', () => {
    const input = { contributions: longRows(1, 5, 3), byzantineWeight: 1, reference: row(0, 0, 0) }
    expect(asked(['fltrust'], input)).toEqual({ code: 'REFERENCE_NEEDED', rule: 'fltrust' })
  })
})

describe('bucketing', () => {
  it('refuses buckets of which half may be spoiled', () => {
    const spec: PipelineSpec = [{ rule: 'bucketing', size: 3 }, 'median']
    expect(asked(spec, { contributions: longRows(1, 12, 3), byzantineWeight: 2 })).toMatchObject({
      code: 'NOT_ENOUGH_WEIGHT',
      total: 4,
      byzantineWeight: 2,
      at: 'bucketing',
    })
  })
})

describe('parameters', () => {
  it.each<[PipelineSpec, string]>([
    [[{ rule: 'geometric-median', smoothing: 0 }], 'smoothing'],
    [[{ rule: 'geometric-median', smoothing: 1e-31 }], 'smoothing'],
    [[{ rule: 'geometric-median', steps: 0 }], 'steps'],
    [[{ rule: 'geometric-median', steps: 101 }], 'steps'],
    [[{ rule: 'geometric-median', start: 'elsewhere' }], 'start'],
    [[{ rule: 'centered-clipping' }], 'radius'],
    [[{ rule: 'centered-clipping', radius: Number.POSITIVE_INFINITY }], 'radius'],
    [[{ rule: 'centered-clipping', radius: Number.NaN }], 'radius'],
    [[{ rule: 'adaptive-centering', reach: 0.9 }], 'reach'],
    [[{ rule: 'trimmed-mean', proportion: 0.5 }], 'proportion'],
    [[{ rule: 'trimmed-mean', count: 1.5 }], 'count'],
    [[{ rule: 'trimmed-mean', count: 1, proportion: 0.1 }], 'not both'],
    [[{ rule: 'multi-krum', keep: 0 }], 'keep'],
    [[{ rule: 'static-clipping', norm: 0 }, 'mean'], 'norm'],
    [[{ rule: 'bucketing', size: 0 }, 'mean'], 'size'],
    [[{ rule: 'mean', radius: 1 }], 'radius'],
  ])('%j is refused, and what is wrong with it said', (spec, what) => {
    const fault = faultOf(() => createAggregator(spec))
    expect(fault?.code).toBe('BAD_PARAMETERS')
    expect(JSON.stringify(fault)).toContain(what)
  })
})

describe('trimmed-mean', () => {
  it('refuses to cut all there is', () => {
    const spec: PipelineSpec = [{ rule: 'trimmed-mean', count: 2 }]
    expect(asked(spec, { contributions: longRows(1, 4, 3), byzantineWeight: 1 })).toMatchObject({
      code: 'TOO_FEW_CONTRIBUTIONS',
      needs: 5,
    })
  })
})
