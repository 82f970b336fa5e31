import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/index.ts'

const draw = (count: number, next: () => number) => Array.from({ length: count }, next)
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('seededRandom', () => {
  it('gives the same numbers for the same seed, and others for another', () => {
    const numbers = (seed: number | string) => draw(20, seededRandom(seed).next)
    expect(numbers(1)).toEqual(numbers(1))
    expect(numbers('a')).not.toEqual(numbers('b'))
  })

  it('is uniform in [0, 1)', () => {
    const values = draw(20_000, seededRandom(3).next)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...values)).toBeLessThan(1)
    expect(mean(values)).toBeCloseTo(0.5, 2)
  })

  it('draws normals of mean 0 and deviation 1', () => {
    const values = draw(20_000, seededRandom(4).normal)
    expect(Math.abs(mean(values))).toBeLessThan(0.03)
    expect(mean(values.map((value) => value * value))).toBeGreaterThan(0.95)
    expect(mean(values.map((value) => value * value))).toBeLessThan(1.05)
  })

  it.each([0.3, 1, 4.5])('draws gammas of shape %d with that mean', (shape) => {
    const random = seededRandom(5)
    expect(mean(draw(20_000, () => random.gamma(shape))) / shape).toBeCloseTo(1, 1)
  })

  it('shuffles without losing anything', () => {
    const shuffled = seededRandom(6).shuffle(Array.from({ length: 100 }, (_, i) => i))
    expect(shuffled).not.toEqual(shuffled.toSorted((a, b) => a - b))
    expect(new Set(shuffled).size).toBe(100)
  })
})
