import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { InferenceSession, Tensor } from 'onnxruntime-web'
import { describe, expect, it } from 'vitest'
import { exportOnnx, layerShapes, tensorsOf } from '../../../peer-core/learning/index.ts'
import { allClassifiers, classifiers, predicted, someInputs, someWeights } from './models.ts'

type Fields = ReadonlyMap<number, readonly (Uint8Array | number)[]>

/** A message's fields, read without knowing it. */
function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes)
  const fields = new Map<number, (Uint8Array | number)[]>()
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag()
    const value = type === WireType.Varint ? Number(reader.int64()) : reader.bytes()
    fields.set(field, [...(fields.get(field) ?? []), value])
  }
  return fields
}
const part = (fields: Fields, field: number, at = 0) => fieldsOf(fields.get(field)![at] as Uint8Array)
const all = (fields: Fields, field: number) => (fields.get(field) ?? []).map((one) => fieldsOf(one as Uint8Array))
const textOf = (fields: Fields, field: number) => new TextDecoder().decode(fields.get(field)![0] as Uint8Array)

describe('exportOnnx', () => {
  const model = classifiers.cnn!
  const weights = someWeights(model)
  const file = fieldsOf(exportOnnx(model, weights, 'digits'))
  const graph = part(file, 7)
  const nodes = all(graph, 1)

  it('writes version, operator set, input and output', () => {
    expect(file.get(1)).toEqual([8])
    expect(part(file, 8).get(2)).toEqual([17])
    expect(textOf(graph, 2)).toBe('digits')
    expect(textOf(part(graph, 11), 1)).toBe('input')
    expect(textOf(part(graph, 12), 1)).toBe('probabilities')
  })

  it('writes one chain of operators, images channels first', () => {
    const operators = [
      'Transpose',
      'Conv',
      'Relu',
      'Conv',
      'MaxPool',
      'Transpose',
      'Reshape',
      'MatMul',
      'Add',
      'Softmax',
    ]
    expect(nodes.map((node) => textOf(node, 4))).toEqual(operators)
    for (const [i, node] of nodes.entries()) {
      expect(textOf(node, 1)).toBe(i === 0 ? 'input' : textOf(nodes[i - 1]!, 2))
    }
  })

  it('holds every weight, kernels of convolutions moved to their places', () => {
    const constants = new Map(all(graph, 5).map((tensor) => [textOf(tensor, 8), tensor]))
    for (const { name, shape, values } of tensorsOf(model, weights)) {
      const tensor = constants.get(name)!
      const raw = new Float32Array((tensor.get(9)![0] as Uint8Array).slice().buffer)
      expect(raw.toSorted()).toEqual(values.toSorted())
      const [h, w, c, f] = shape
      if (shape.length !== 4) expect(raw).toEqual(values)
      else {
        expect(tensor.get(1)).toEqual([f, c, h, w])
        // filter 1, channel 1, row 0, column 1
        expect(raw[((1 * c! + 1) * h! + 0) * w! + 1]).toBe(values[((0 * w! + 1) * c! + 1) * f! + 1])
      }
    }
  })
})

describe.each(Object.entries(allClassifiers))('exportOnnx of %s', (_, model) => {
  it('gives a model that ONNX Runtime runs, with the same outputs', async () => {
    const weights = someWeights(model)
    const session = await InferenceSession.create(exportOnnx(model, weights, 'model'))
    const inputs = someInputs(model, 3)
    const { probabilities } = await session.run({ input: new Tensor('float32', inputs, [3, ...model.input]) })
    const ours = await predicted(model, weights, inputs)
    expect(probabilities!.dims).toEqual([3, ...layerShapes(model).at(-1)!])
    const theirs = probabilities!.data as Float32Array
    for (const [i, value] of ours.entries()) expect(theirs[i]).toBeCloseTo(value, 4)
    await session.release()
  })
})
