/**
 * A TF.js LayersModel as a task's model, and its weights: a chain of layers, also with residual blocks. A model whose every
 * layer is known here can be trained; what is not known is named, and nothing is guessed.
 *
 * Keras ends a classifier in a softmax; here the loss does that, so a last softmax is taken off.
 * @module
 */
import { z } from 'zod'
import { type Activation, type LayerSpec, type ModelSpec, modelSchema, type PlainLayerSpec } from '../../wire/index.ts'
import { parameterShapes, sizeOf } from '../model.ts'
import { FormatError, malformed, unsupported } from './errors.ts'
import { type NamedTensor, weightsOf } from './tensors.ts'
import { type NamedLayer, piecesOf } from './tfjs-graph.ts'
import { epsilon, ourParameter } from './tfjs-layers.ts'
import { type KerasLayer, type LayersModel, layersModelSchema } from './tfjs-schema.ts'

/** A `model.json` that was read. */
export interface ImportedModel {
  readonly model: ModelSpec
  /** Files of weights, relative to the `model.json`, in the order in which their bytes follow one another. */
  readonly weightFiles: readonly string[]
  /** @throws {@link FormatError} `TRUNCATED`, `MISSING_TENSOR`, `WRONG_TENSOR`, `UNKNOWN_TYPE` */
  weights(bytes: Uint8Array): Float32Array<ArrayBuffer>
}

/**
 * Nothing is allocated for the model: one that is too large is refused by its numbers.
 *
 * @param json - text of a `model.json`
 * @param file - its name, in errors
 * @throws {@link FormatError} `MALFORMED`; `UNKNOWN_LAYER`, `UNSUPPORTED`, naming the layer. {@link ModelError} `TOO_LARGE` and the rest
 */
export function importTfjs(json: string, file: string): ImportedModel {
  const layersModel = parse(json, file)
  const { layers, input, names } = translate(layersModel, file)
  const model = modelSchema.safeParse({ input, layers })
  if (!model.success) {
    const { path, message } = model.error.issues[0]!
    return malformed(file, `${path.join('.')}: ${message}`)
  }
  parameterShapes(model.data)
  const manifest = layersModel.weightsManifest ?? []
  return {
    model: model.data,
    weightFiles: manifest.flatMap(({ paths }) => paths),
    weights: (bytes) => weightsOf(model.data, readTensors(manifest, bytes, names, file), file),
  }
}

function parse(json: string, file: string): LayersModel {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return malformed(file, 'not JSON')
  }
  const read = layersModelSchema.safeParse(value)
  return read.success ? read.data : malformed(file, 'not a TF.js LayersModel: no topology with layers')
}

interface Translated {
  readonly layers: readonly LayerSpec[]
  readonly input: readonly number[]
  /** place of each layer here, by its name there */
  readonly names: ReadonlyMap<string, Place>
}

interface Place {
  /** e.g. `layers.3`, `layers.4.shortcut.0` */
  readonly path: string
  readonly kind: PlainLayerSpec['kind']
}

function translate({ modelTopology }: LayersModel, file: string): Translated {
  const keras = modelTopology.config.layers
  const named = keras.map((layer, i) => ({ ...layer, name: layer.config.name ?? `${layer.class_name} ${i}` }))
  const input = inputOf(keras)
  if (input === undefined) return malformed(file, 'no layer tells the shape of its input (batch_input_shape)')
  const names = new Map<string, Place>()
  const last = named.at(-1)?.name
  const plain = (layer: NamedLayer, path: string): PlainLayerSpec => {
    const spec = translateLayer(layer, layer.name, layer.name === last, file)
    names.set(layer.name, { path, kind: spec.kind })
    return spec
  }
  const branch = (layers: readonly NamedLayer[], path: string) => layers.map((layer, i) => plain(layer, `${path}.${i}`))
  const layers = piecesOf(named, file).map((piece, i): LayerSpec => {
    const path = `layers.${i}`
    if (piece.kind === 'plain') return plain(piece.layer, path)
    const { layers, shortcut } = piece
    return {
      kind: 'residual',
      layers: branch(layers, `${path}.layers`),
      shortcut: branch(shortcut, `${path}.shortcut`),
    }
  })
  return { layers, input, names }
}

function inputOf(layers: readonly KerasLayer[]): readonly number[] | undefined {
  for (const { config } of layers) {
    const shape = z.array(z.int().min(1)).safeParse((config.batch_input_shape as unknown[] | undefined)?.slice(1))
    if (shape.success) return shape.data
  }
  return undefined
}

const activations: ReadonlyMap<unknown, Activation> = new Map([
  ['linear', 'linear'],
  ['relu', 'relu'],
  ['tanh', 'tanh'],
  ['sigmoid', 'sigmoid'],
  ['gelu_new', 'gelu'],
])

function translateLayer(
  { class_name: kind, config }: KerasLayer,
  name: string,
  last: boolean,
  file: string,
): PlainLayerSpec {
  const must = (field: string, wanted: unknown, otherwise: unknown = wanted) => {
    const value = config[field] ?? otherwise
    if (JSON.stringify(value) !== JSON.stringify(wanted)) {
      unsupported(file, name, `${field} is ${JSON.stringify(value)}, only ${JSON.stringify(wanted)} is known`)
    }
  }
  const square = (field: string): number => {
    const value = [config[field]].flat()
    if (value.some((one) => one !== value[0])) unsupported(file, name, `${field} is not square`)
    return value[0] as number
  }
  const activation = () => {
    const value = config.activation ?? 'linear'
    if (last && value === 'softmax') return 'linear'
    return activations.get(value) ?? unsupported(file, name, `activation ${JSON.stringify(value)}`)
  }
  const window = () => {
    must('use_bias', true)
    must('data_format', 'channels_last')
    if (config.dilation_rate !== undefined && square('dilation_rate') !== 1) unsupported(file, name, 'it is dilated')
    return {
      kernel: square('kernel_size'),
      stride: config.strides === undefined ? 1 : square('strides'),
      padding: (config.padding ?? 'valid') as 'valid',
      activation: activation(),
    }
  }
  const poolSize = () => {
    must('data_format', 'channels_last')
    must('padding', 'valid')
    const size = square('pool_size')
    if (config.strides !== undefined && config.strides !== null && square('strides') !== size) {
      unsupported(file, name, 'its windows overlap or leave gaps')
    }
    return size
  }
  switch (kind) {
    case 'Dense':
      must('use_bias', true)
      return { kind: 'dense', units: config.units as number, activation: activation() }
    case 'Conv2D':
      return { kind: 'conv2d', filters: config.filters as number, ...window() }
    case 'DepthwiseConv2D':
      must('depth_multiplier', 1)
      return { kind: 'depthwise-conv2d', ...window() }
    case 'MaxPooling2D':
      return { kind: 'max-pool2d', size: poolSize() }
    case 'AveragePooling2D':
      return { kind: 'average-pool2d', size: poolSize() }
    case 'GlobalAveragePooling2D':
    case 'GlobalAveragePooling1D':
      must('data_format', 'channels_last')
      must('keepdims', false)
      return { kind: 'global-average-pool' }
    case 'Flatten':
      return { kind: 'flatten' }
    case 'Activation':
      return { kind: 'activation', activation: activation() }
    case 'Dropout':
      return { kind: 'dropout', rate: config.rate as number }
    case 'LayerNormalization':
      if ([config.axis ?? -1].flat().join() !== '-1') unsupported(file, name, 'axis is not the last')
      must('epsilon', epsilon, 1e-3)
      must('center', true)
      must('scale', true)
      return { kind: 'layer-norm' }
    case 'LSTM':
      must('activation', 'tanh')
      // What TF.js takes for granted is another than what Keras does.
      must('recurrent_activation', 'sigmoid', 'hard_sigmoid')
      must('use_bias', true)
      must('go_backwards', false)
      return { kind: 'lstm', units: config.units as number, output: config.return_sequences ? 'sequence' : 'last' }
    case 'Embedding':
      must('mask_zero', false)
      return {
        kind: 'embedding',
        vocabulary: config.input_dim as number,
        size: config.output_dim as number,
        positions: false,
      }
    default: {
      const fault = { code: 'UNKNOWN_LAYER', file, layer: name, kind } as const
      throw new FormatError(fault, `${file}: layer ${name} is a ${kind}, which is not known here`)
    }
  }
}

/** Weights are named `<layer>/<role>`, some with a scope before and `:0` behind. */
function readTensors(
  manifest: NonNullable<LayersModel['weightsManifest']>,
  bytes: Uint8Array,
  names: ReadonlyMap<string, Place>,
  file: string,
): readonly NamedTensor[] {
  const tensors: NamedTensor[] = []
  let at = 0
  for (const { name: tensor, shape, dtype, quantization } of manifest.flatMap(({ weights }) => weights)) {
    if (dtype !== 'float32' || quantization !== undefined) {
      const type = quantization === undefined ? dtype : 'quantized'
      const fault = { code: 'UNKNOWN_TYPE', file, tensor, type } as const
      throw new FormatError(fault, `${file}: tensor ${tensor} is ${type}; only float32 is read`)
    }
    const end = at + 4 * sizeOf(shape)
    if (end > bytes.length) {
      const fault = { code: 'TRUNCATED', file, expected: end, actual: bytes.length } as const
      throw new FormatError(fault, `${file}: its weights need ${end} bytes or more, there are ${bytes.length}`)
    }
    const parts = tensor.replace(/:0$/, '').split('/')
    const place = parts
      .slice(0, -1)
      .map((part) => names.get(part))
      .findLast((found) => found !== undefined)
    const parameter = place && ourParameter(place.kind, parts.at(-1)!, shape)
    const name = parameter ? `${place.path}.${parameter.role}` : tensor
    tensors.push({ name, shape: parameter?.shape ?? shape, values: new Float32Array(bytes.slice(at, end).buffer) })
    at = end
  }
  return tensors
}
