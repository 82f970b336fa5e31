import { describe, expect, it } from 'vitest'
import {
  AggregationError,
  type Cohort,
  checkContribution,
  createAggregator,
  defaultPipeline,
  fits,
  type PipelineSpec,
  pipelineSchema,
} from '../../peer-core/aggregation/index.ts'

const rows = [
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 900],
].map((row) => Float32Array.from(row))

describe('createAggregator', () => {
  it('computes the mean', () => {
    const out = createAggregator(['mean'])({ contributions: rows, byzantineWeight: 0 })
    expect([...out]).toEqual([4, 5, 303])
  })

  it('computes the trimmed mean, and its row at the cut keeps what is left of its weight', () => {
    const aggregate = createAggregator(['trimmed-mean'])
    expect([...aggregate({ contributions: rows, byzantineWeight: 1 })]).toEqual([4, 5, 6])
    const uneven = aggregate({ contributions: rows, weights: [2, 1, 1], byzantineWeight: 1 })
    expect([...uneven]).toEqual([2.5, 3.5, 4.5])
  })

  it('leaves what it was given as it was', () => {
    const copies = rows.map((row) => row.slice())
    createAggregator(['arc', 'nnm', 'trimmed-mean'])({ contributions: rows, byzantineWeight: 1 })
    expect(rows).toEqual(copies)
  })

  it('starts centered rules from the reference', () => {
    const reference = Float32Array.of(4, 5, 6)
    const out = createAggregator([{ rule: 'centered-clipping', radius: 0.3 }])({
      contributions: rows,
      byzantineWeight: 1,
      reference,
    })
    expect(Math.hypot(...out.map((x, k) => x - reference[k]!))).toBeLessThan(0.3)
  })

  it.each([
    ['UNKNOWN_RULE', ['sorcery']],
    ['UNKNOWN_RULE', ['toString']],
    ['BAD_PARAMETERS', [{ rule: 'mean', strength: 3 }]],
    ['BAD_PARAMETERS', ['centered-clipping']],
    ['BAD_PARAMETERS', [{ rule: 'centered-clipping', radius: -1 }]],
    ['BAD_PARAMETERS', [{ rule: 'static-clipping', norm: Number.NaN }]],
    ['BAD_PIPELINE', []],
    ['BAD_PIPELINE', ['arc']],
    ['BAD_PIPELINE', ['mean', 'nnm', 'mean']],
  ])('refuses with %s: %j', (code, spec) => {
    const create = () => createAggregator(spec as unknown as PipelineSpec)
    expect(create).toThrow(AggregationError)
    expect(create).toThrow(code)
    expect(pipelineSchema.safeParse(spec).success).toBe(false)
  })
})

describe('pipelineSchema', () => {
  it.each([
    [['trimmed-mean']],
    [['arc', 'nnm', 'trimmed-mean']],
    [
      [
        { rule: 'bucketing', size: 2 },
        { rule: 'krum', variant: 'byzfl' },
      ],
    ],
  ])('takes %j', (spec) => {
    expect(pipelineSchema.parse(spec)).toEqual(spec)
  })

  it('says which step is wrong and which there are', () => {
    const message = pipelineSchema.safeParse(['arc', 'magic']).error?.issues[0]?.message
    expect(message).toMatch(/magic.*trimmed-mean/)
  })
})

describe('fits', () => {
  it('takes the default for a fifth of any cohort of five and more', () => {
    for (let peers = 5; peers < 100; peers++) expect(fits(defaultPipeline, { peers, byzantineShare: 0.2 })).toEqual([])
  })

  it.each([
    [['trimmed-mean'], 4, 0.5, 'needs 5 peers to withstand 2 liars and has 4'],
    [['krum'], 10, 0.4, 'needs 11 peers'],
    [['bulyan'], 10, 0.2, 'needs 11 peers'],
    [[{ rule: 'bucketing', size: 2 }, 'median'], 25, 0.3, 'median needs 15 peers to withstand 7 liars and has 13'],
    [['smea'], 40, 0.2, 'exhaustive'],
    [['fltrust'], 40, 0.2, 'fltrust cannot make commits'],
    [[{ rule: 'trimmed-mean', count: 1 }], 25, 0.2, 'cuts 1 of 25 peers at each end and is to withstand 5'],
    [[{ rule: 'trimmed-mean', proportion: 0.1 }], 25, 0.2, 'cuts 2 of 25'],
    [[{ rule: 'trimmed-mean', proportion: 0.2 }], 24, 0.2, 'cuts 4 of 24 peers at each end and is to withstand 4.8'],
    [[{ rule: 'trimmed-mean', count: 5 }], 10, 0.2, 'needs 11 peers'],
    [[{ rule: 'multi-krum', keep: 9 }], 10, 0.2, 'needs 11 peers'],
  ])('says why %j does not fit %i peers with a share of %f', (spec, peers, byzantineShare, problem) => {
    expect(fits(spec as unknown as PipelineSpec, { peers, byzantineShare }).join()).toContain(problem)
  })
})

describe('fits, for every round that may come', () => {
  const whyNot = (spec: PipelineSpec, cohort: Omit<Cohort, 'byzantineShare'>) =>
    fits(spec, { byzantineShare: 0.2, ...cohort }).join()

  it('counts the lightest as liars before rows are mixed', () => {
    const bucketed = [{ rule: 'bucketing', size: 2 }, 'trimmed-mean'] as const
    expect(whyNot(bucketed, { peers: 25 })).toBe('')
    expect(whyNot(bucketed, { peers: 25, spread: 2 })).toMatch(
      /trimmed-mean needs \d+ peers to withstand 8 liars and has 13/,
    )
  })

  it('says how many contributions a round has to have', () => {
    expect(whyNot(['krum'], { peers: 10, fewest: 1 })).toMatch(
      /krum needs 3 peers.*minimumContributions has to be 3 at least/,
    )
    expect(whyNot(['krum'], { peers: 10, fewest: 3 })).toBe('')
    expect(whyNot([{ rule: 'trimmed-mean', count: 2 }], { peers: 10, fewest: 3 })).toContain('has to be 5 at least')
    for (const spec of [defaultPipeline, ['arc', 'nnm', 'trimmed-mean'] as const, ['median'] as const]) {
      expect(whyNot(spec, { peers: 40, fewest: 1 })).toBe('')
    }
  })

  it('counts the lightest as liars, where rows are counted', () => {
    expect(whyNot(['bulyan'], { peers: 11 })).toBe('')
    expect(whyNot(['bulyan'], { peers: 11, spread: 2 })).toContain('needs 15 peers to withstand 3')
    expect(whyNot(['trimmed-mean'], { peers: 11, spread: 2 })).toBe('')
  })
})

describe('checkContribution', () => {
  it('names what is wrong with a delta, as a value', () => {
    expect(checkContribution(rows[0]!, { length: 3 })).toBeUndefined()
    expect(checkContribution(rows[0]!, { length: 3, maxNorm: 4 })).toBeUndefined()
    expect(checkContribution(rows[0]!, { length: 4 })).toEqual({ code: 'WRONG_SHAPE', expected: 4, actual: 3 })
    expect(checkContribution(rows[0]!, { length: 3, maxNorm: 1 })).toMatchObject({ code: 'NORM_EXCEEDED', maxNorm: 1 })
  })

  it('finds one number that is none, wherever it is', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      for (let coordinate = 0; coordinate < 11; coordinate++) {
        const delta = new Float32Array(11).fill(3.4e38)
        delta[coordinate] = value
        expect(checkContribution(delta, { length: 11 })).toEqual({ code: 'NON_FINITE', coordinate, value })
      }
    }
  })
})
