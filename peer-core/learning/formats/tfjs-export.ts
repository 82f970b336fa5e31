/**
 * A model as TF.js's `loadLayersModel` takes it. The last layer gets a softmax, which the loss does here, so that the
 * exported model tells probabilities.
 * @module
 */
import type { Activation, LayerSpec, ModelSpec } from '../../wire/index.ts'
import { cannotExport } from './errors.ts'
import { type NamedTensor, tensorsOf } from './tensors.ts'

export interface TfjsFiles {
  /** text of `model.json` */
  readonly json: string
  /** of `weights.bin` */
  readonly weights: Uint8Array<ArrayBuffer>
}

export const tfjsWeightsName = 'weights.bin'

/** @throws {@link FormatError} `CANNOT_EXPORT`, naming a layer that Keras does not have */
export function exportTfjs(model: ModelSpec, weights: Float32Array): TfjsFiles {
  const last = model.layers.length - 1
  const layers = model.layers.map((layer, i) => kerasLayer(layer, i, i === last))
  const [first, ...rest] = layers
  const input = { ...first, config: { ...first!.config, batch_input_shape: [null, ...model.input] } }
  const tensors = tensorsOf(model, weights)
  const manifest = tensors.map(({ name, shape }) => ({ name: kerasName(name), shape, dtype: 'float32' }))
  const json = {
    format: 'layers-model',
    generatedBy: 'Zen Mesh',
    convertedBy: null,
    modelTopology: {
      keras_version: '2.15.0',
      backend: 'tensor_flow.js',
      model_config: { class_name: 'Sequential', config: { name: 'zen_mesh', layers: [input, ...rest] } },
    },
    weightsManifest: [{ paths: [tfjsWeightsName], weights: manifest }],
  }
  return { json: JSON.stringify(json), weights: concatenated(tensors) }
}

/** `layers.3.kernel` → `layer_3/kernel`: Keras names a weight after its layer. */
export function kerasName(tensor: string): string {
  return tensor.replace(/^layers\.(\d+)\./, 'layer_$1/')
}

function kerasLayer(layer: LayerSpec, index: number, last: boolean) {
  const common = { name: `layer_${index}`, trainable: true, dtype: 'float32' }
  switch (layer.kind) {
    case 'dense': {
      const activation = last ? 'softmax' : kerasActivation(layer.activation)
      return { class_name: 'Dense', config: { ...common, units: layer.units, activation, use_bias: true } }
    }
    case 'conv2d': {
      const { filters, kernel, stride, padding, activation } = layer
      const window = { kernel_size: [kernel, kernel], strides: [stride, stride], padding, dilation_rate: [1, 1] }
      const config = {
        ...common,
        filters,
        ...window,
        data_format: 'channels_last',
        activation: kerasActivation(activation),
        use_bias: true,
      }
      return { class_name: 'Conv2D', config }
    }
    case 'max-pool2d': {
      const window = { pool_size: [layer.size, layer.size], strides: [layer.size, layer.size], padding: 'valid' }
      return { class_name: 'MaxPooling2D', config: { ...common, ...window, data_format: 'channels_last' } }
    }
    case 'flatten':
      return { class_name: 'Flatten', config: { ...common, data_format: 'channels_last' } }
    default:
      return cannotExport('TF.js', index, layer.kind)
  }
}

/** Ours is the form with tanh. */
function kerasActivation(activation: Activation): string {
  return activation === 'gelu' ? 'gelu_new' : activation
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
