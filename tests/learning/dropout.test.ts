import { describe, expect, it } from 'vitest'
import { dropoutFactors, stepKey } from '../../peer-core/learning/dropout.ts'

describe('dropoutFactors', () => {
  it('drops about the share that it is told, and keeps the mean', () => {
    const factors = dropoutFactors(stepKey(1, 0), 0, 0.25, 40_000)
    expect(factors.filter((factor) => factor === 0).length / 40_000).toBeCloseTo(0.25, 2)
    expect(factors.reduce((sum, factor) => sum + factor, 0) / 40_000).toBeCloseTo(1, 2)
    expect(new Set(factors)).toEqual(new Set([0, Math.fround(4 / 3)]))
  })

  it('drops others for another step, seed or layer', () => {
    const at = (seed: number, step: number, ordinal: number) =>
      dropoutFactors(stepKey(seed, step), ordinal, 0.5, 64).join()
    expect(new Set([at(1, 0, 0), at(1, 1, 0), at(2, 0, 0), at(1, 0, 1)]).size).toBe(4)
    expect(at(1, 0, 0)).toBe(at(1, 0, 0))
  })
})
