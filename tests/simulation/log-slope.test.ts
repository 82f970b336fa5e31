import { describe, expect, it } from 'vitest'
import { logSlope } from '../../simulator/log-slope.ts'

describe('logSlope', () => {
  it('is the exponent of a power', () => {
    expect(logSlope([1, 10, 100, 500].map((x) => [x, 7 * x ** 0.4]))).toBeCloseTo(0.4, 12)
  })

  it('is 0.15 for the logarithm between 100 and 10,000', () => {
    expect(logSlope([100, 10_000].map((x) => [x, Math.log(x)]))).toBeCloseTo(0.1505, 4)
  })
})
