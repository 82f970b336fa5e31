import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaUnderRoc, mostConfused, scoring } from '../../peer-core/learning/index.ts'

describe('scoring', () => {
  it('tells loss, accuracy, AUC, F1 and the confusion matrix of two classes', () => {
    const scores = scoring(2)
    scores.add(Float32Array.of(2, 0, 0, 1), Uint8Array.of(0, 1))
    scores.add(Float32Array.of(1, 0, 0, 3, 0, 2), Uint8Array.of(1, 1, 0))
    const { loss, ...rest } = scores.result(5)
    expect(rest).toEqual({ accuracy: 3 / 5, examples: 5, auc: 4 / 6, f1: 4 / 6, confusion: [1, 1, 1, 2] })
    const losses = [-2, -1, 1, -3, 2].map((margin) => Math.log1p(Math.exp(margin)))
    expect(loss).toBeCloseTo(losses.reduce((sum, one) => sum + one) / 5, 6)
  })

  it('tells the confusion of several classes, and neither AUC nor F1', () => {
    const scores = scoring(3)
    scores.add(Float32Array.of(1, 0, 0, 0, 0, 5, 0, 0, 0), Uint8Array.of(0, 1, 2))
    expect(scores.result(3)).toMatchObject({ accuracy: 1 / 3, confusion: [1, 0, 0, 0, 0, 1, 1, 0, 0] })
    expect(scores.result(3)).not.toHaveProperty('auc')
    expect(scores.result(3)).not.toHaveProperty('f1')
  })

  it('keeps no confusion of more classes than a person could read', () => {
    const scores = scoring(mostConfused + 1)
    scores.add(new Float32Array(mostConfused + 1), Uint16Array.of(0))
    expect(scores.result(1)).toEqual({ loss: Math.log(mostConfused + 1), accuracy: 1, examples: 1 })
  })

  it('has no AUC where a class does not occur', () => {
    const scores = scoring(2)
    scores.add(Float32Array.of(1, 0), Uint8Array.of(0))
    expect(scores.result(1)).toEqual({
      loss: expect.any(Number),
      accuracy: 1,
      examples: 1,
      f1: 0,
      confusion: [1, 0, 0, 0],
    })
  })
})

describe('areaUnderRoc', () => {
  it('is the share of pairs in the right order, ties counting half', () => {
    const scores = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(scores, scores, (positives, negatives) => {
        const pairs = positives.flatMap((p) => negatives.map((n) => (p > n ? 1 : p === n ? 0.5 : 0)))
        const share = pairs.reduce<number>((sum, one) => sum + one, 0) / pairs.length
        expect(areaUnderRoc(positives, negatives)).toBeCloseTo(share, 12)
      }),
    )
  })
})
