/**
 * A model as TF.js's `loadLayersModel` takes it: a chain as a Sequential, with residual blocks as a functional model. The last
 * layer gets a softmax, which the loss does here, so that the exported model tells probabilities.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import { type PlainNode, parameterShapes, resolveModel } from '../model.ts'
import { type NamedTensor, tensorsOf } from './tensors.ts'
import { kerasLayer, kerasLayerName, kerasWeight } from './tfjs-layers.ts'
import type { KerasLayer } from './tfjs-schema.ts'

export interface TfjsFiles {
  /** text of `model.json` */
  readonly json: string
  /** of `weights.bin` */
  readonly weights: Uint8Array<ArrayBuffer>
}

export const tfjsWeightsName = 'weights.bin'

/** @throws {@link FormatError} `CANNOT_EXPORT`, naming a layer that TF.js does not have */
export function exportTfjs(model: ModelSpec, weights: Float32Array): TfjsFiles {
  const json = {
    format: 'layers-model',
    generatedBy: 'Zen Mesh',
    convertedBy: null,
    modelTopology: { keras_version: '2.15.0', backend: 'tensor_flow.js', model_config: topologyOf(model) },
    weightsManifest: [
      {
        paths: [tfjsWeightsName],
        weights: parameterShapes(model).map((parameter) => ({ ...kerasWeight(parameter), dtype: 'float32' })),
      },
    ],
  }
  return { json: JSON.stringify(json), weights: concatenated(tensorsOf(model, weights)) }
}

const inputName = 'input'

function topologyOf(model: ModelSpec) {
  const layers: KerasLayer[] = []
  let source = inputName
  const add = (layer: KerasLayer, ...from: readonly string[]) => {
    layers.push({ ...layer, inbound_nodes: [from.map((name) => [name, 0, 0, {}])] })
    return layer.config.name!
  }
  const chain = (nodes: readonly PlainNode[], path: string, index: number, from: string) =>
    nodes.reduce((before, node, i) => add(kerasLayer(node, `${path}.${i}`, index), before), from)
  const nodes = resolveModel(model)
  for (const [i, node] of nodes.entries()) {
    const path = `layers.${i}`
    if (node.kind === 'plain') source = add(kerasLayer(node, path, i), source)
    else {
      const beside = chain(node.shortcut, `${path}.shortcut`, i, source)
      const inner = chain(node.layers, `${path}.layers`, i, source)
      source = add({ class_name: 'Add', config: { name: kerasLayerName(path), trainable: true } }, inner, beside)
    }
  }
  Object.assign(layers.at(-1)!.config, { activation: 'softmax' })
  const shape = { batch_input_shape: [null, ...model.input], dtype: 'float32' }
  if (nodes.every(({ kind }) => kind === 'plain')) {
    const chained = layers.map(({ inbound_nodes: _, ...layer }) => layer)
    Object.assign(chained[0]!.config, shape)
    return { class_name: 'Sequential', config: { name: 'zen_mesh', layers: chained } }
  }
  const input = { class_name: 'InputLayer', config: { name: inputName, sparse: false, ...shape }, inbound_nodes: [] }
  const named = [input, ...layers].map((layer) => ({ ...layer, name: layer.config.name }))
  return {
    class_name: 'Functional',
    config: { name: 'zen_mesh', layers: named, input_layers: [[inputName, 0, 0]], output_layers: [[source, 0, 0]] },
  }
}

function concatenated(tensors: readonly NamedTensor[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(tensors.reduce((sum, { values }) => sum + values.byteLength, 0))
  let at = 0
  for (const { values } of tensors) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return bytes
}
