import { describe, expect, it } from 'vitest'
import { costsOf, presetModel } from '../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../peer-core/wire/index.ts'

describe('costsOf', () => {
  it('counts parameters, bytes and memory', () => {
    const model = presetModel('mlp', { shape: [28, 28, 1], classes: 10 })
    expect(costsOf(model, { batchSize: 32 })).toEqual({
      parameters: 101_770,
      bytesPerContribution: 407_080,
      memoryBytes: 4 * (4 * 101_770 + 2 * 32 * (784 + 784 + 128 + 10)),
    })
  })

  it('refuses a model that nobody could hold, naming the layer', () => {
    const dense = { kind: 'dense', units: 1_000_000, activation: 'linear' } as const
    const model: ModelSpec = { input: [8], layers: [dense, dense] }
    expect(() => costsOf(model, { batchSize: 1 })).toThrow(/layer 1/)
  })
})
