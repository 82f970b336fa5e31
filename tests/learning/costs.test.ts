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

  it('counts what Adam and the proximal term keep beside the weights', () => {
    const model = presetModel('mlp', { shape: [28, 28, 1], classes: 10 })
    const more = (training: object) =>
      (costsOf(model, { batchSize: 32, ...training }).memoryBytes - costsOf(model, { batchSize: 32 }).memoryBytes) /
      407_080
    expect([more({ optimiser: 'sgd' }), more({ optimiser: 'adam' }), more({ optimiser: 'adam', proximal: 1 })]).toEqual(
      [0, 1, 2],
    )
  })

  it('counts what is within a block, and what attention keeps', () => {
    const wide = { kind: 'dense', units: 100, activation: 'relu' } as const
    const back = { kind: 'dense', units: 8, activation: 'linear' } as const
    const block: ModelSpec = { input: [8], layers: [{ kind: 'residual', layers: [wide, back], shortcut: [] }, back] }
    const { parameters, memoryBytes } = costsOf(block, { batchSize: 4 })
    expect(memoryBytes).toBe(4 * (4 * parameters + 2 * 4 * (8 + 100 + 8 + 8 + 8)))
    const attention: ModelSpec = { input: [6, 8], layers: [{ kind: 'self-attention', heads: 2, causal: true }] }
    const costs = costsOf(attention, { batchSize: 1 })
    expect(costs.memoryBytes).toBe(4 * (4 * costs.parameters + 2 * (48 + 4 * 48 + 2 * 36)))
  })

  it('refuses a model that nobody could hold, naming the layer', () => {
    const dense = { kind: 'dense', units: 1_000_000, activation: 'linear' } as const
    const model: ModelSpec = { input: [8], layers: [dense, dense] }
    expect(() => costsOf(model, { batchSize: 1 })).toThrow(/layer 1/)
  })
})
