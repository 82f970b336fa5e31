import { describe, expect, it } from 'vitest'
import {
  checkModel,
  initialWeights,
  layerShapes,
  ModelError,
  parameterCount,
  parameterShapes,
  presetModel,
} from '../../peer-core/learning/index.ts'
import { modelSchema } from '../../peer-core/wire/index.ts'

const embedding = { kind: 'embedding', vocabulary: 10, size: 6 }
const attention = (heads: number) => ({ kind: 'self-attention', heads })

function modelOf(input: readonly number[], ...layers: readonly object[]) {
  return modelSchema.parse({ input, layers })
}

function faultOf(input: readonly number[], ...layers: readonly object[]) {
  try {
    layerShapes(modelOf(input, ...layers))
  } catch (error) {
    if (error instanceof ModelError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('layerShapes', () => {
  it('follows tokens to logits at every position', () => {
    const model = modelOf([9], embedding, attention(3), { kind: 'lstm', units: 4 }, { kind: 'dense', units: 10 })
    expect(layerShapes(model)).toEqual([
      [9, 6],
      [9, 6],
      [9, 4],
      [9, 10],
    ])
    const last = modelOf([9], embedding, { kind: 'gru', units: 4, output: 'last' })
    expect(layerShapes(last).at(-1)).toEqual([4])
  })

  it('names the layer whose parts or branches do not fit', () => {
    expect(faultOf([9], embedding, attention(4))).toMatchObject({ code: 'NOT_DIVISIBLE', layer: 1, channels: 6 })
    expect(faultOf([4, 4, 6], { kind: 'group-norm', groups: 5 })).toMatchObject({ code: 'NOT_DIVISIBLE', parts: 5 })
    const widening = { kind: 'residual', layers: [{ kind: 'dense', units: 7 }] }
    expect(faultOf([9], embedding, widening)).toMatchObject({ code: 'SHORTCUT_MISMATCH', layer: 1, shortcut: '9×6' })
  })

  it('takes tokens in the first place only', () => {
    const late = { code: 'NOT_FIRST', kind: 'embedding' }
    expect(faultOf([9], { kind: 'activation', activation: 'relu' }, embedding)).toMatchObject({ ...late, layer: 1 })
    expect(faultOf([9], { kind: 'residual', layers: [embedding] })).toMatchObject({ ...late, layer: 0 })
  })

  it('refuses attention over more positions than its weights have room for', () => {
    const fault = faultOf([8_192], embedding, attention(1))
    expect(fault).toMatchObject({ code: 'TOO_LARGE', what: 'activations', actual: 8_192 ** 2 })
  })
})

describe('parameterShapes', () => {
  it('names those of a residual block by their branch', () => {
    const model = presetModel('resnet8', { shape: [32, 32, 3], classes: 10 })
    const names = parameterShapes(model).map(({ name }) => name)
    expect(names).toContain('layers.5.layers.0.kernel')
    expect(names).toContain('layers.5.shortcut.0.bias')
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('initialWeights', () => {
  it('begins with scales of one, zero biases, and open forget gates', () => {
    const model = modelOf(
      [9],
      embedding,
      { kind: 'layer-norm' },
      { kind: 'lstm', units: 2 },
      { kind: 'dense', units: 3 },
    )
    const weights = initialWeights(model, 1)
    const of = (role: string, layer: number) => {
      const { offset, size } = parameterShapes(model).find((own) => own.role === role && own.layer === layer)!
      return [...weights.subarray(offset, offset + size)]
    }
    expect(of('scale', 1)).toEqual([1, 1, 1, 1, 1, 1])
    expect(of('bias', 2)).toEqual([0, 0, 1, 1, 0, 0, 0, 0])
    expect(of('bias', 3)).toEqual([0, 0, 0])
    expect(Math.max(...of('tokens', 0))).toBeLessThan(0.035)
  })
})

describe('presetModel', () => {
  it('counts parameters as told', () => {
    const text = { shape: [128], classes: 65 }
    expect(parameterCount(presetModel('resnet8', { shape: [32, 32, 3], classes: 10 }))).toBe(78_186)
    expect(parameterCount(presetModel('gpt-nano', text))).toBe(97_361)
    checkModel(presetModel('gpt-micro', text), { ...text, positions: 128 })
    checkModel(presetModel('char-lstm', text), { ...text, positions: 128 })
  })
})
