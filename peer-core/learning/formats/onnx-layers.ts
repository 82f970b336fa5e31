/** Layers as ONNX operators, one or several each. @module */
import type { Activation } from '../../wire/index.ts'
import type { PlainNode } from '../model.ts'
import { type Shape, sizeOf } from '../shape.ts'
import { asFloat, asInt, asInts, asText, int64, type OnnxGraph, type Value } from './onnx-graph.ts'
import { onnxAttention, onnxRecurrent } from './onnx-sequences.ts'

/** Of norms, as every engine here has it. */
const epsilon = 1e-5

/** @param path - of the layer in the model: its tensors' names begin with it */
export function onnxLayer(graph: OnnxGraph, node: PlainNode, path: string, input: Value): Value {
  const { layer, output: shape } = node
  const [last, first] = [() => graph.laid(input, false).name, () => graph.laid(input, true).name]
  const channelsLast = (name: string): Value => ({ name, shape, channelsFirst: false })
  const channelsFirst = (name: string): Value => ({ name, shape, channelsFirst: true })
  switch (layer.kind) {
    case 'dense':
      return channelsLast(activated(graph, layer.activation, affine(graph, last(), `${path}.kernel`, path), path))
    case 'conv2d':
    case 'depthwise-conv2d': {
      const { kernel, stride, padding } = layer
      const group = layer.kind === 'conv2d' ? 1 : node.input.at(-1)!
      const attributes = {
        kernel_shape: asInts([kernel, kernel]),
        strides: asInts([stride, stride]),
        auto_pad: asText(padding === 'same' ? 'SAME_UPPER' : 'VALID'),
        group: asInt(group),
      }
      const weights = [filters(graph, `${path}.kernel`), graph.weight(`${path}.bias`)]
      const sum = graph.node('Conv', [first(), ...weights], `${path}.sum`, { attributes })
      return channelsFirst(activated(graph, layer.activation, sum, path))
    }
    case 'max-pool2d':
    case 'average-pool2d': {
      const window = asInts([layer.size, layer.size])
      const operator = layer.kind === 'max-pool2d' ? 'MaxPool' : 'AveragePool'
      const attributes = { kernel_shape: window, strides: window }
      return channelsFirst(graph.node(operator, [first()], `${path}.output`, { attributes }))
    }
    case 'global-average-pool': {
      const axes = node.input.slice(1).map((_, i) => i + 1)
      const attributes = { axes: asInts(axes), keepdims: asInt(0) }
      return channelsLast(graph.node('ReduceMean', [last()], `${path}.output`, { attributes }))
    }
    case 'flatten': {
      const to = graph.integers(`${path}.shape`, [-1, sizeOf(shape)])
      return channelsLast(graph.node('Reshape', [last(), to], `${path}.output`))
    }
    case 'activation':
      return { ...input, name: activated(graph, layer.activation, input.name, path) }
    // Nothing is dropped where nothing is trained.
    case 'dropout':
      return input
    case 'layer-norm': {
      const inputs = [last(), graph.weight(`${path}.scale`), graph.weight(`${path}.bias`)]
      const attributes = { axis: asInt(-1), epsilon: asFloat(epsilon) }
      return channelsLast(graph.node('LayerNormalization', inputs, `${path}.output`, { attributes }))
    }
    case 'group-norm':
      return channelsFirst(groupNorm(graph, first(), layer.groups, shape, path))
    case 'embedding': {
      const ids = graph.node('Cast', [last()], `${path}.ids`, { attributes: { to: asInt(int64) } })
      const tokens = graph.node('Gather', [graph.weight(`${path}.tokens`), ids], `${path}.vectors`)
      if (!layer.positions) return channelsLast(tokens)
      return channelsLast(graph.node('Add', [tokens, graph.weight(`${path}.positions`)], `${path}.output`))
    }
    case 'self-attention':
      return channelsLast(onnxAttention(graph, last(), layer, node.input as [number, number], path))
    case 'lstm':
    case 'gru':
      return channelsLast(onnxRecurrent(graph, last(), layer, path))
  }
}

function affine(graph: OnnxGraph, input: string, kernel: string, path: string): string {
  const product = graph.node('MatMul', [input, graph.weight(kernel)], `${path}.product`)
  return graph.node('Add', [product, graph.weight(`${path}.bias`)], `${path}.sum`)
}

const operators = { relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid' } as const

function activated(graph: OnnxGraph, activation: Activation, input: string, path: string): string {
  const output = `${path}.output`
  if (activation === 'linear') return input
  if (activation !== 'gelu') return graph.node(operators[activation], [input], output)
  // Gelu is an operator since set 20 only: x · σ(2 √(2/π) (x + 0.044715 x³)).
  const square = graph.node('Mul', [input, input], `${path}.square`)
  const share = graph.node('Mul', [square, graph.scalar(0.044715)], `${path}.share`)
  const bent = graph.node('Mul', [input, graph.node('Add', [share, graph.scalar(1)], `${path}.factor`)], `${path}.bent`)
  const slope = graph.node('Mul', [bent, graph.scalar(2 * Math.sqrt(2 / Math.PI))], `${path}.slope`)
  return graph.node('Mul', [input, graph.node('Sigmoid', [slope], `${path}.gate`)], output)
}

/**
 * A kernel `[height, width, channels, filters]` as ONNX has it, `[filters, channels, height, width]`; that of a depthwise
 * convolution, `[height, width, channels]`, as `[channels, 1, height, width]`.
 */
function filters(graph: OnnxGraph, name: string): string {
  const { shape, values } = graph.tensor(name)
  const [height, width] = shape as [number, number]
  const [channels, count] = shape.length === 3 ? [1, shape[2]!] : [shape[2]!, shape[3]!]
  const moved = new Float32Array(values.length)
  let at = 0
  for (let f = 0; f < count; f++) {
    for (let c = 0; c < channels; c++) {
      for (let cell = 0; cell < height * width; cell++) moved[at++] = values[(cell * channels + c) * count + f]!
    }
  }
  return graph.floats(name, [count, channels, height, width], moved)
}

/** As an instance norm over the groups: of a group there is no operator before set 18. */
function groupNorm(graph: OnnxGraph, input: string, groups: number, shape: Shape, path: string): string {
  const channels = shape.at(-1)!
  const inner = shape.slice(0, -1)
  const bundles = graph.integers(`${path}.groups`, [0, groups, -1])
  const bundled = graph.node('Reshape', [input, bundles], `${path}.bundled`)
  const ones = graph.floats(`${path}.ones`, [groups], new Float32Array(groups).fill(1))
  const zeros = graph.floats(`${path}.zeros`, [groups], new Float32Array(groups))
  const attributes = { epsilon: asFloat(epsilon) }
  const normal = graph.node('InstanceNormalization', [bundled, ones, zeros], `${path}.normal`, { attributes })
  const back = graph.integers(`${path}.shape`, [-1, channels, ...inner])
  const laid = graph.node('Reshape', [normal, back], `${path}.laid`)
  const beside = [channels, ...inner.map(() => 1)]
  const scaled = graph.node('Mul', [laid, graph.weight(`${path}.scale`, beside)], `${path}.scaled`)
  return graph.node('Add', [scaled, graph.weight(`${path}.bias`, beside)], `${path}.output`)
}
