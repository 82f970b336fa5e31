import { describe, expect, it } from 'vitest'
import { adamStep, clipFactor, learningRateAt } from '../../peer-core/learning/optimiser.ts'
import { trainingSchema } from '../../peer-core/wire/index.ts'

describe('learningRateAt', () => {
  const rates = (schedule: object | undefined, steps: readonly number[]) => {
    const training = trainingSchema.parse({ learningRate: 1, schedule })
    return steps.map((step) => Number(learningRateAt(training, step).toFixed(6)))
  }

  it('is constant unless told otherwise', () => {
    expect(rates(undefined, [0, 9])).toEqual([1, 1])
    expect(rates({ warmupSteps: 2 }, [0, 1, 2, 1e6])).toEqual([0.5, 1, 1, 1])
  })

  it('rises, falls by a half cosine and stays at zero', () => {
    expect(rates({ warmupSteps: 4, decaySteps: 8 }, [0, 3, 4, 6, 8, 1e6])).toEqual([0.25, 1, 1, 0.5, 0, 0])
    expect(rates({ warmupSteps: 8, decaySteps: 4 }, [7, 8, 9])).toEqual([1, 1, 0])
  })
})

describe('adamStep', () => {
  it('moves by the rate on the first step, whatever the gradient', () => {
    const { rate, epsilon } = adamStep(0.01, 0.9, 1)
    for (const g of [1e-3, 7]) {
      const [mean, square] = [0.1 * g, 0.001 * g * g]
      expect((rate * mean) / (Math.sqrt(square) + epsilon)).toBeCloseTo(0.01, 5)
    }
  })
})

describe('clipFactor', () => {
  it('shortens what is longer, and lets no NaN pass', () => {
    expect([clipFactor(2, 1), clipFactor(2, 8), clipFactor(2, 0)]).toEqual([1, 0.25, 1])
    expect(clipFactor(2, Number.NaN)).toBeNaN()
  })
})
