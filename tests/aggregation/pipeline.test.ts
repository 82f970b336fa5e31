import { describe, expect, it } from 'vitest'
import {
  AggregationError,
  checkContribution,
  createAggregator,
  fits,
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

  it('computes the trimmed mean', () => {
    const out = createAggregator(['trimmed-mean'])({ contributions: rows, byzantineWeight: 1 })
    expect([...out]).toEqual([4, 5, 6])
  })

  it('refuses a rule that it does not know', () => {
    const create = () => createAggregator(['sorcery' as 'mean'])
    expect(create).toThrow(AggregationError)
    expect(create).toThrow(/UNKNOWN_RULE/)
  })
})

describe('pipelineSchema', () => {
  it('takes what a task file may say and refuses the rest', () => {
    expect(pipelineSchema.safeParse(['trimmed-mean']).success).toBe(true)
    expect(pipelineSchema.safeParse(['mean', 'mean']).success).toBe(false)
    expect(pipelineSchema.safeParse([{ rule: 'mean', strength: 3 }]).success).toBe(false)
  })
})

describe('fits', () => {
  it('says when more may lie than any rule withstands', () => {
    expect(fits(['trimmed-mean'], { peers: 10, byzantineShare: 0.2 })).toEqual([])
    expect(fits(['trimmed-mean'], { peers: 4, byzantineShare: 0.5 })).toHaveLength(1)
  })
})

describe('checkContribution', () => {
  it('names what is wrong with a delta, as a value', () => {
    expect(checkContribution(rows[0]!, { length: 3 })).toBeUndefined()
    expect(checkContribution(rows[0]!, { length: 4 })?.code).toBe('WRONG_SHAPE')
    expect(checkContribution(Float32Array.of(1, Number.NaN), { length: 2 })).toMatchObject({
      code: 'NON_FINITE',
      coordinate: 1,
    })
    expect(checkContribution(rows[0]!, { length: 3, maxNorm: 1 })?.code).toBe('NORM_EXCEEDED')
  })
})
