/**
 * A TF.js LayersModel as a task's model, and its weights. A model whose every layer is known here can be trained; what is
 * not known is named, and nothing is guessed.
 *
 * Keras ends a classifier in a softmax; here the loss does that, so a last softmax is taken off.
 * @module
 */
import { z } from 'zod'
import { type Activation, type LayerSpec, type ModelSpec, modelSchema } from '../../wire/index.ts'
import { parameterShapes, sizeOf } from '../model.ts'
import { FormatError, malformed } from './errors.ts'
import { type NamedTensor, weightsOf } from './tensors.ts'
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
  /** index of each layer here, by its name there */
  readonly names: ReadonlyMap<string, number>
}

function translate({ modelTopology }: LayersModel, file: string): Translated {
  const keras = modelTopology.config.layers
  const layers: LayerSpec[] = []
  const names = new Map<string, number>()
  let input: readonly number[] | undefined
  for (const [i, layer] of keras.entries()) {
    const name = layer.config.name ?? `${layer.class_name} ${i}`
    checkChain(layer, keras[i - 1], name, file)
    const shape = z.array(z.int().min(1)).safeParse((layer.config.batch_input_shape as unknown[] | undefined)?.slice(1))
    if (input === undefined && shape.success) input = shape.data
    if (layer.class_name === 'InputLayer') continue
    names.set(name, layers.length)
    layers.push(translateLayer(layer, name, i === keras.length - 1, file))
  }
  if (input === undefined) return malformed(file, 'no layer tells the shape of its input (batch_input_shape)')
  return { layers, input, names }
}

/** Of a functional model only a chain is read. */
function checkChain(layer: KerasLayer, before: KerasLayer | undefined, name: string, file: string): void {
  const inbound = layer.inbound_nodes
  if (inbound === undefined || inbound.length === 0) return
  const sources = JSON.stringify(inbound).match(/\["[^"]+",\s*\d+/g) ?? []
  const expected = `["${before?.config.name}"`
  if (sources.length === 1 && sources[0]!.startsWith(expected)) return
  unsupported(file, name, 'takes something else than the layer before it')
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
): LayerSpec {
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
  switch (kind) {
    case 'Dense':
      must('use_bias', true)
      return { kind: 'dense', units: config.units as number, activation: activation() }
    case 'Conv2D':
      must('use_bias', true)
      must('data_format', 'channels_last')
      if (config.dilation_rate !== undefined && square('dilation_rate') !== 1) unsupported(file, name, 'it is dilated')
      return {
        kind: 'conv2d',
        filters: config.filters as number,
        kernel: square('kernel_size'),
        stride: config.strides === undefined ? 1 : square('strides'),
        padding: (config.padding ?? 'valid') as 'valid',
        activation: activation(),
      }
    case 'MaxPooling2D': {
      must('data_format', 'channels_last')
      must('padding', 'valid')
      const size = square('pool_size')
      if (config.strides !== undefined && config.strides !== null && square('strides') !== size) {
        unsupported(file, name, 'its windows overlap or leave gaps')
      }
      return { kind: 'max-pool2d', size }
    }
    case 'Flatten':
      return { kind: 'flatten' }
    default: {
      const fault = { code: 'UNKNOWN_LAYER', file, layer: name, kind } as const
      throw new FormatError(fault, `${file}: layer ${name} is a ${kind}, which is not known here`)
    }
  }
}

function unsupported(file: string, layer: string, why: string): never {
  throw new FormatError({ code: 'UNSUPPORTED', file, layer, why }, `${file}: layer ${layer}: ${why}`)
}

/** Weights are named `<layer>/<role>`, some with a scope before and `:0` behind. */
function readTensors(
  manifest: NonNullable<LayersModel['weightsManifest']>,
  bytes: Uint8Array,
  names: ReadonlyMap<string, number>,
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
    const layer = names.get(parts.at(-2) ?? '')
    const name = layer === undefined ? tensor : `layers.${layer}.${parts.at(-1)}`
    tensors.push({ name, shape, values: new Float32Array(bytes.slice(at, end).buffer) })
    at = end
  }
  return tensors
}
