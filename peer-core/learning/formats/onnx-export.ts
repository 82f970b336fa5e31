/**
 * A model as ONNX, operator set 17 ({@link https://github.com/onnx/onnx/blob/main/docs/Operators.md}), every layer of ours: input
 * `[batch, …input]` float32 as training sees it (bytes scaled to [0, 1], token ids as they are), output `probabilities`,
 * `[batch, …positions, classes]`.
 *
 * ONNX convolves channels first: values are transposed where a layer wants them otherwise than the one before left them.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import { layerShapes, type PlainNode, resolveModel } from '../model.ts'
import { asInt, OnnxGraph, type Value, valueInfo } from './onnx-graph.ts'
import { onnxLayer } from './onnx-layers.ts'
import { encodeMessage, integer, message, text } from './protobuf.ts'
import { tensorsOf } from './tensors.ts'

/** 8 goes with operator set 17. */
const irVersion = 8
const operatorSet = 17

export function exportOnnx(model: ModelSpec, weights: Float32Array, name: string): Uint8Array<ArrayBuffer> {
  const graph = new OnnxGraph(tensorsOf(model, weights))
  const chain = (nodes: readonly PlainNode[], path: string, from: Value) =>
    nodes.reduce((value, node, i) => onnxLayer(graph, node, `${path}.${i}`, value), from)

  let value: Value = { name: 'input', shape: model.input, channelsFirst: false }
  for (const [i, node] of resolveModel(model).entries()) {
    const path = `layers.${i}`
    if (node.kind === 'plain') value = onnxLayer(graph, node, path, value)
    else {
      const layers = chain(node.layers, `${path}.layers`, value)
      const shortcut = graph.laid(chain(node.shortcut, `${path}.shortcut`, value), layers.channelsFirst)
      value = { ...layers, name: graph.node('Add', [layers.name, shortcut.name], `${path}.output`) }
    }
  }
  const attributes = { axis: asInt(-1) }
  graph.node('Softmax', [graph.laid(value, false).name], 'probabilities', { attributes })
  return encodeMessage(
    integer(1, irVersion),
    text(2, 'Zen Mesh'),
    message(
      7,
      ...graph.fields,
      text(2, name),
      valueInfo(11, 'input', model.input),
      valueInfo(12, 'probabilities', layerShapes(model).at(-1)!),
    ),
    message(8, text(1, ''), integer(2, operatorSet)),
  )
}
