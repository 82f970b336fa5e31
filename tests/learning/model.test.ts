import { describe, expect, it } from 'vitest'
import { sha256 } from '../../peer-core/foundation/index.ts'
import {
  checkModel,
  initialWeights,
  layerShapes,
  ModelError,
  maxActivations,
  parameterCount,
  parameterShapes,
  presetModel,
} from '../../peer-core/learning/index.ts'
import { floatsToBytes, type ModelSpec, modelSchema } from '../../peer-core/wire/index.ts'

const mnist = { shape: [28, 28, 1], classes: 10 }

function model(input: readonly number[], ...layers: unknown[]): ModelSpec {
  return modelSchema.parse({ input, layers })
}
const dense = (units: number) => ({ kind: 'dense', units })
const conv = (filters: number, kernel: number, more = {}) => ({ kind: 'conv2d', filters, kernel, ...more })
const pool = (size: number) => ({ kind: 'max-pool2d', size })
const flatten = { kind: 'flatten' }

function faultOf(run: () => unknown) {
  try {
    run()
  } catch (error) {
    if (error instanceof ModelError) return error.fault
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parameterShapes', () => {
  it('lists kernel and bias of each layer in order, without gaps', () => {
    const shapes = parameterShapes(presetModel('cnn', mnist))
    expect(shapes.map(({ layer, role, shape }) => [layer, role, shape])).toEqual([
      [0, 'kernel', [3, 3, 1, 16]],
      [0, 'bias', [16]],
      [2, 'kernel', [3, 3, 16, 32]],
      [2, 'bias', [32]],
      [5, 'kernel', [800, 64]],
      [5, 'bias', [64]],
      [6, 'kernel', [64, 10]],
      [6, 'bias', [10]],
    ])
    let end = 0
    for (const { offset, size } of shapes) {
      expect(offset).toBe(end)
      end += size
    }
    expect(parameterCount(presetModel('cnn', mnist))).toBe(end)
  })

  it('counts what the platform notes count', () => {
    expect(parameterCount(presetModel('mlp', mnist))).toBe(784 * 128 + 128 + 128 * 10 + 10)
  })

  it('refuses more parameters than the wire carries, without overflow', () => {
    expect(faultOf(() => parameterShapes(model([65_536], dense(1_000_000))))).toMatchObject({
      code: 'TOO_LARGE',
      layer: 0,
    })
    const wide = model([65_536, 65_536, 65_536], flatten, dense(2))
    expect(faultOf(() => parameterShapes(wide))).toMatchObject({ code: 'TOO_LARGE', what: 'activations' })
  })
})

describe('layerShapes', () => {
  it('follows valid and same padding, strides and pools that do not divide', () => {
    expect(layerShapes(model([7, 9, 2], conv(4, 3), pool(2), flatten))).toEqual([[5, 7, 4], [2, 3, 4], [24]])
    expect(layerShapes(model([7, 9, 2], conv(4, 3, { stride: 2 })))).toEqual([[3, 4, 4]])
    expect(layerShapes(model([7, 9, 2], conv(4, 3, { stride: 2, padding: 'same' })))).toEqual([[4, 5, 4]])
    expect(layerShapes(model([2, 2, 1], conv(1, 5, { padding: 'same' })))).toEqual([[2, 2, 1]])
  })

  it('names the layer that does not fit, and says why', () => {
    const flatConv = model([28, 28, 1], flatten, conv(4, 3))
    expect(faultOf(() => layerShapes(flatConv))).toMatchObject({ code: 'WRONG_RANK', layer: 1, expected: 3 })
    const noFlatten = model([28, 28, 1], conv(4, 3), dense(10))
    expect(faultOf(() => layerShapes(noFlatten))).toMatchObject({ code: 'WRONG_RANK', layer: 1, shape: '26×26×4' })
    expect(() => layerShapes(noFlatten)).toThrow('put a flatten before it')
    const tooSmall = model([8, 8, 1], pool(2), pool(2), conv(4, 3))
    expect(faultOf(() => layerShapes(tooSmall))).toMatchObject({ code: 'WINDOW_TOO_LARGE', layer: 2, window: 3 })
    expect(faultOf(() => layerShapes(model([3, 9, 1], pool(4))))).toMatchObject({ code: 'WINDOW_TOO_LARGE', layer: 0 })
  })

  it('refuses an activation that would fill a tab', () => {
    const huge = model([4096, 4096, 1], conv(64, 3, { padding: 'same' }))
    expect(faultOf(() => layerShapes(huge))).toMatchObject({ code: 'TOO_LARGE', limit: maxActivations })
  })
})

describe('checkModel', () => {
  it('passes the presets', () => {
    for (const preset of ['mlp', 'cnn']) expect(() => checkModel(presetModel(preset, mnist), mnist)).not.toThrow()
  })

  it('wants the shape of the examples and one linear unit a class at the end', () => {
    expect(faultOf(() => checkModel(presetModel('mlp', mnist), { ...mnist, shape: [28, 28, 3] }))).toMatchObject({
      code: 'WRONG_INPUT',
      expected: '28×28×3',
    })
    expect(faultOf(() => checkModel(presetModel('mlp', mnist), { ...mnist, classes: 7 }))).toMatchObject({
      code: 'WRONG_CLASSES',
      expected: 7,
      actual: 10,
    })
    expect(faultOf(() => checkModel(model([28, 28, 1], flatten), mnist))).toMatchObject({
      code: 'NOT_LOGITS',
      layer: 0,
    })
    const curved = model([28, 28, 1], flatten, { ...dense(10), activation: 'relu' })
    expect(faultOf(() => checkModel(curved, mnist))).toMatchObject({ code: 'NOT_LOGITS', layer: 1 })
  })
})

describe('presetModel', () => {
  it('is a model of the wire, for any classes', () => {
    const made = presetModel('cnn', { shape: [32, 32, 3], classes: 4 })
    expect(modelSchema.parse(made)).toEqual(made)
  })

  it('lists what there is when it knows no such name', () => {
    expect(() => presetModel('gpt', mnist)).toThrow('there are mlp, cnn')
    expect(faultOf(() => presetModel('constructor', mnist)).code).toBe('UNKNOWN_PRESET')
  })
})

describe('initialWeights', () => {
  it('gives the same bits on every machine', () => {
    const bits = sha256(floatsToBytes(initialWeights(presetModel('cnn', mnist), 7)))
    expect(bits).toBe('56405eef57bf99c29fee89b9e6c66795b287707817045bff96d2f34c6454b36d')
  })

  it('is uniform within the limit of Glorot, with biases of zero', () => {
    const spec = presetModel('mlp', mnist)
    const weights = initialWeights(spec, 1)
    const [kernel, bias] = parameterShapes(spec)
    const values = weights.subarray(kernel!.offset, kernel!.size)
    const limit = Math.sqrt(6 / (784 + 128))
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(limit))
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length
    expect(variance).toBeCloseTo(limit ** 2 / 3, 4)
    expect(weights.subarray(bias!.offset, bias!.offset + bias!.size).every((value) => value === 0)).toBe(true)
  })

  it('differs between seeds', () => {
    const spec = presetModel('mlp', mnist)
    expect(initialWeights(spec, 1)).not.toEqual(initialWeights(spec, 2))
  })
})
