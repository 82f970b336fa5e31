import '@tensorflow/tfjs-backend-cpu'
import { ready, setBackend, tensor } from '@tensorflow/tfjs-core'
import { loadLayersModel } from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { exportTfjs, importTfjs } from '../../../peer-core/learning/index.ts'
import { allClassifiers, faultOf, kerasClassifiers, predicted, someInputs, someWeights } from './models.ts'

beforeAll(async () => {
  await setBackend('cpu')
  await ready()
})

describe.each(Object.entries(kerasClassifiers))('exportTfjs of %s', (_, model) => {
  const weights = someWeights(model)
  const files = exportTfjs(model, weights)

  it('gives a model that TF.js loads, with the same outputs', async () => {
    const { modelTopology, weightsManifest } = JSON.parse(files.json)
    const artifacts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData: files.weights.buffer }
    const loaded = await loadLayersModel({ load: async () => artifacts })
    const inputs = someInputs(model, 4)
    const theirs = (await (
      loaded.predict(tensor(inputs, [4, ...model.input])) as ReturnType<typeof tensor>
    ).data()) as Float32Array
    const ours = await predicted(model, weights, inputs)
    expect(theirs).toHaveLength(ours.length)
    for (const [i, value] of ours.entries()) expect(theirs[i]).toBeCloseTo(value, 5)
  })

  it('gives a file that importTfjs reads to the same model and weights', () => {
    const imported = importTfjs(files.json, 'model.json')
    expect(imported.model).toEqual(model)
    expect(imported.weightFiles).toEqual(['weights.bin'])
    expect(imported.weights(files.weights)).toEqual(weights)
    expect(faultOf(() => imported.weights(files.weights.slice(4)))).toMatchObject({ code: 'TRUNCATED' })
  })
})

describe('exportTfjs', () => {
  it.each([
    ['resnet8', 1, 'group-norm'],
    ['gpt', 0, 'embedding with positions'],
    ['gru', 1, 'gru'],
  ])('names the layer of %s that TF.js does not have', (name, layer, kind) => {
    const model = allClassifiers[name]!
    const fault = faultOf(() => exportTfjs(model, someWeights(model)))
    expect(fault).toEqual({ code: 'CANNOT_EXPORT', format: 'TF.js', layer, kind })
  })
})

const sequential = (...layers: { class_name: string; config: object; inbound_nodes?: unknown[] }[]) =>
  JSON.stringify({ modelTopology: { class_name: 'Sequential', config: { layers } } })
const input = { class_name: 'InputLayer', config: { name: 'in', batch_input_shape: [null, 8] } }
const dense = (name: string, units: number, more = {}) => ({ class_name: 'Dense', config: { name, units, ...more } })

describe('importTfjs', () => {
  it('takes a chain of known layers, and a last softmax off', () => {
    const json = sequential(
      input,
      dense('hidden', 4, { activation: 'relu' }),
      dense('out', 2, { activation: 'softmax' }),
    )
    expect(importTfjs(json, 'm').model).toEqual({
      input: [8],
      layers: [
        { kind: 'dense', units: 4, activation: 'relu' },
        { kind: 'dense', units: 2, activation: 'linear' },
      ],
    })
  })

  it('names the layer that is not known, and what of one is not', () => {
    const of = (...layers: Parameters<typeof sequential>) =>
      faultOf(() => importTfjs(sequential(input, ...layers), 'm'))
    expect(of({ class_name: 'Lambda', config: { name: 'mystery' } })).toEqual({
      code: 'UNKNOWN_LAYER',
      file: 'm',
      layer: 'mystery',
      kind: 'Lambda',
    })
    expect(of(dense('a', 2, { activation: 'swish' }), dense('b', 2))).toMatchObject({ code: 'UNSUPPORTED', layer: 'a' })
    expect(of(dense('a', 2, { use_bias: false }))).toMatchObject({ code: 'UNSUPPORTED', layer: 'a' })
    const skips = { ...dense('b', 2), inbound_nodes: [[['in', 0, 0, {}]]] }
    expect(of(dense('a', 2), skips)).toMatchObject({ code: 'UNSUPPORTED', layer: 'a' })
  })

  it('takes residual blocks, and nothing else that branches', () => {
    const from = (layer: ReturnType<typeof dense>, ...names: string[]) => ({
      ...layer,
      inbound_nodes: [names.map((name) => [name, 0, 0, {}])],
    })
    const add = (name: string, ...names: string[]) => from({ class_name: 'Add', config: { name } } as never, ...names)
    const of = (...layers: Parameters<typeof sequential>) => importTfjs(sequential(input, ...layers), 'm').model.layers
    const [a, b, out] = [from(dense('a', 8), 'in'), from(dense('b', 8), 'in'), from(dense('out', 2), 'sum')]
    const linear = (units: number) => ({ kind: 'dense', units, activation: 'linear' })
    const both = { kind: 'residual', layers: [linear(8)], shortcut: [linear(8)] }
    expect(of(a, b, add('sum', 'a', 'b'), out)).toEqual([both, linear(2)])
    expect(of(a, add('sum', 'in', 'a'), out)).toEqual([{ ...both, shortcut: [] }, linear(2)])
    const fault = (...layers: Parameters<typeof sequential>) => faultOf(() => of(...layers))
    expect(fault(a, add('sum', 'a', 'a'), out)).toMatchObject({ code: 'UNSUPPORTED', layer: 'sum' })
    expect(fault(a, b, add('sum', 'a', 'b', 'in'), out)).toMatchObject({ code: 'UNSUPPORTED', layer: 'sum' })
    expect(fault(a, b, add('sum', 'in', 'b'), out)).toMatchObject({ code: 'UNSUPPORTED', layer: 'a' })
    expect(fault(from(dense('a', 8), 'out'), from(dense('out', 2), 'a'))).toMatchObject({ code: 'MALFORMED' })
    expect(fault(from(dense('out', 2), 'nobody'))).toMatchObject({ code: 'MALFORMED' })
  })

  it('refuses 10^12 parameters before anything is allocated', () => {
    const huge = sequential(input, dense('a', 1_000_000), dense('b', 1_000_000))
    expect(faultOf(() => importTfjs(huge, 'm'))).toMatchObject({ code: 'TOO_LARGE', layer: 1, what: 'parameters' })
    expect(faultOf(() => importTfjs(sequential(input, dense('a', 1e12)), 'm'))).toMatchObject({ code: 'MALFORMED' })
  })

  it('refuses what is no model', () => {
    expect(faultOf(() => importTfjs('{', 'm'))).toMatchObject({ code: 'MALFORMED' })
    expect(faultOf(() => importTfjs('{"format":"graph-model"}', 'm'))).toMatchObject({ code: 'MALFORMED' })
    expect(faultOf(() => importTfjs(sequential(dense('a', 2)), 'm'))).toMatchObject({ code: 'MALFORMED' })
    expect(faultOf(() => importTfjs(sequential(input, dense('a', -2)), 'm'))).toMatchObject({ code: 'MALFORMED' })
  })
})
