/**
 * A model as ONNX, operator set 17 ({@link https://github.com/onnx/onnx/blob/main/onnx/onnx.proto}): input
 * `[batch, …input]` float32 as training sees it (bytes scaled to [0, 1]), output `probabilities`, `[batch, classes]`.
 *
 * ONNX convolves channels first, so images are transposed once at the beginning and once before they are flattened.
 * Field numbers are those of onnx.proto.
 * @module
 */
import type { Activation, LayerSpec, ModelSpec } from '../../wire/index.ts'
import { layerShapes, type Shape, sizeOf } from '../model.ts'
import { cannotExport } from './errors.ts'
import { bytes, encodeMessage, type Field, integer, message, text } from './protobuf.ts'
import { type NamedTensor, tensorsOf } from './tensors.ts'

/** 8 goes with operator set 17. */
const irVersion = 8
const operatorSet = 17
/** of onnx.proto's `TensorProto.DataType` */
const float = 1
const int64 = 7
/** of onnx.proto's `AttributeProto.AttributeType` */
const attributeTypes = { int: 2, string: 3, ints: 7 } as const

/** @throws {@link FormatError} `CANNOT_EXPORT`, naming the layer */
export function exportOnnx(model: ModelSpec, weights: Float32Array, name: string): Uint8Array<ArrayBuffer> {
  const graph = new Graph(tensorsOf(model, weights))
  let value = 'input'
  let channelsFirst = false
  const shapes = layerShapes(model)
  for (const [i, layer] of model.layers.entries()) {
    const wantsImage = layer.kind === 'conv2d' || layer.kind === 'max-pool2d'
    if (wantsImage !== channelsFirst) {
      const shape = i === 0 ? model.input : shapes[i - 1]!
      // What is flat already has no channels to move.
      if (shape.length === 3) value = graph.transpose(value, wantsImage ? [0, 3, 1, 2] : [0, 2, 3, 1])
      channelsFirst = wantsImage
    }
    value = addLayer(graph, layer, i, value, shapes[i]!)
  }
  graph.node('Softmax', [value], 'probabilities', [attribute('axis', -1)])
  return encodeMessage(
    integer(1, irVersion),
    text(2, 'Zen Mesh'),
    message(
      7,
      ...graph.fields,
      text(2, name),
      valueInfo(11, 'input', model.input),
      valueInfo(12, 'probabilities', shapes.at(-1)!),
    ),
    message(8, text(1, ''), integer(2, operatorSet)),
  )
}

function addLayer(graph: Graph, layer: LayerSpec, index: number, input: string, output: Shape): string {
  const name = `layers.${index}`
  switch (layer.kind) {
    case 'dense': {
      const product = graph.node('MatMul', [input, graph.weight(`${name}.kernel`)], `${name}.product`)
      const sum = graph.node('Add', [product, graph.weight(`${name}.bias`)], `${name}.sum`)
      return activate(graph, layer.activation, sum, index)
    }
    case 'conv2d': {
      const { kernel, stride, padding, activation } = layer
      const weights = [graph.filters(`${name}.kernel`), graph.weight(`${name}.bias`)]
      const convolved = graph.node('Conv', [input, ...weights], `${name}.sum`, [
        attribute('kernel_shape', [kernel, kernel]),
        attribute('strides', [stride, stride]),
        attribute('auto_pad', padding === 'same' ? 'SAME_UPPER' : 'VALID'),
      ])
      return activate(graph, activation, convolved, index)
    }
    case 'max-pool2d':
      return graph.node('MaxPool', [input], `${name}.output`, [
        attribute('kernel_shape', [layer.size, layer.size]),
        attribute('strides', [layer.size, layer.size]),
      ])
    case 'flatten':
      return graph.node('Reshape', [input, graph.integers(`${name}.shape`, [-1, sizeOf(output)])], `${name}.output`)
    default:
      return cannotExport('ONNX', index, layer.kind)
  }
}

const operators = { relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid' } as const

function activate(graph: Graph, activation: Activation, input: string, index: number): string {
  if (activation === 'linear') return input
  // A node of its own only since operator set 20.
  if (activation === 'gelu') return cannotExport('ONNX', index, activation)
  return graph.node(operators[activation], [input], `layers.${index}.output`)
}

/** Collects nodes and the constants that they use. */
class Graph {
  readonly fields: Field[] = []
  readonly #tensors: ReadonlyMap<string, NamedTensor>
  #transposed = 0

  constructor(tensors: readonly NamedTensor[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  }

  /** @returns the name of its output */
  node(operator: string, inputs: readonly string[], output: string, attributes: readonly Field[] = []): string {
    const names = inputs.map((input) => text(1, input))
    this.fields.push(message(1, ...names, text(2, output), text(3, output), text(4, operator), ...attributes))
    return output
  }

  transpose(input: string, order: readonly number[]): string {
    return this.node('Transpose', [input], `transposed.${this.#transposed++}`, [attribute('perm', order)])
  }

  /** A tensor of weights as it is. */
  weight(name: string): string {
    const { shape, values } = this.#tensors.get(name)!
    return this.#constant(name, shape, float, values)
  }

  /** A convolution's kernel `[height, width, channels, filters]` as ONNX has it, `[filters, channels, height, width]`. */
  filters(name: string): string {
    const { shape, values } = this.#tensors.get(name)!
    const [height, width, channels, filters] = shape as [number, number, number, number]
    const moved = new Float32Array(values.length)
    let at = 0
    for (let f = 0; f < filters; f++) {
      for (let c = 0; c < channels; c++) {
        for (let cell = 0; cell < height * width; cell++) moved[at++] = values[(cell * channels + c) * filters + f]!
      }
    }
    return this.#constant(name, [filters, channels, height, width], float, moved)
  }

  integers(name: string, values: readonly number[]): string {
    return this.#constant(name, [values.length], int64, BigInt64Array.from(values, BigInt))
  }

  #constant(name: string, shape: Shape, type: number, values: Float32Array | BigInt64Array): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const dimensions = shape.map((size) => integer(1, size))
    this.fields.push(message(5, ...dimensions, integer(2, type), text(8, name), bytes(9, raw)))
    return name
  }
}

function attribute(name: string, value: number | string | readonly number[]): Field {
  if (typeof value === 'number') return message(5, text(1, name), integer(3, value), integer(20, attributeTypes.int))
  if (typeof value === 'string') return message(5, text(1, name), text(4, value), integer(20, attributeTypes.string))
  return message(5, text(1, name), ...value.map((one) => integer(8, one)), integer(20, attributeTypes.ints))
}

/** A tensor of float32 with a batch of any size before `shape`. */
function valueInfo(field: number, name: string, shape: Shape): Field {
  const dimensions = [message(1, text(2, 'batch')), ...shape.map((size) => message(1, integer(1, size)))]
  return message(field, text(1, name), message(2, message(1, integer(1, float), message(2, ...dimensions))))
}
