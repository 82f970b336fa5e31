/** Layers as Keras has them, and what Keras calls their weights. @module */
import type { Activation, PlainLayerSpec } from '../../wire/index.ts'
import type { ParameterShape, PlainNode } from '../model.ts'
import type { Shape } from '../shape.ts'
import { cannotExport } from './errors.ts'
import type { KerasLayer } from './tfjs-schema.ts'

/** Of norms, as every engine here has it. */
export const epsilon = 1e-5

type Role = ParameterShape['role']

/** What Keras calls a role where it has another name for it; `kernel` and `bias` are the same. */
const roleNames: Readonly<Partial<Record<PlainLayerSpec['kind'], Readonly<Partial<Record<Role, string>>>>>> = {
  'depthwise-conv2d': { kernel: 'depthwise_kernel' },
  'layer-norm': { scale: 'gamma', bias: 'beta' },
  lstm: { recurrent: 'recurrent_kernel' },
  embedding: { tokens: 'embeddings' },
}

/** `layers.3` → `layer_3`, `layers.4.shortcut.0` → `layer_4_shortcut_0` */
export function kerasLayerName(path: string): string {
  return path.replace(/^layers/, 'layer').replaceAll('.', '_')
}

/** Keras names a weight after its layer: `layers.3.kernel` → `layer_3/kernel`. */
export function kerasWeight({ name, kind, role, shape }: ParameterShape): {
  readonly name: string
  readonly shape: Shape
} {
  const path = name.slice(0, -role.length - 1)
  return { name: `${kerasLayerName(path)}/${kerasRole(kind, role)}`, shape: kerasShape(kind, role, shape) }
}

function kerasRole(kind: PlainLayerSpec['kind'], role: Role): string {
  return roleNames[kind]?.[role] ?? role
}

/** A weight of Keras's as ours: the other way round of {@link kerasWeight}. @param name - without the layer's */
export function ourParameter(kind: PlainLayerSpec['kind'], name: string, shape: Shape) {
  const known = Object.entries(roleNames[kind] ?? {}).find(([, keras]) => keras === name)
  const multiplied = kind === 'depthwise-conv2d' && shape.length === 4 && shape[3] === 1
  return { role: known?.[0] ?? name, shape: multiplied ? shape.slice(0, 3) : shape }
}

/** A depthwise kernel has a multiplier besides, which is 1. */
function kerasShape(kind: PlainLayerSpec['kind'], role: Role, shape: Shape): Shape {
  return kind === 'depthwise-conv2d' && role === 'kernel' ? [...shape, 1] : shape
}

/**
 * @param index - of the layer in the model, for the error
 * @throws {@link FormatError} `CANNOT_EXPORT`
 */
export function kerasLayer({ layer, input }: PlainNode, path: string, index: number): KerasLayer {
  const common = { name: kerasLayerName(path), trainable: true, dtype: 'float32' }
  const image = { data_format: 'channels_last' }
  const window = ({ kernel, stride, padding, activation }: Extract<PlainLayerSpec, { kernel: number }>) => ({
    ...{ kernel_size: [kernel, kernel], strides: [stride, stride], padding, dilation_rate: [1, 1] },
    ...image,
    activation: kerasActivation(activation, index),
    use_bias: true,
  })
  const made = (class_name: string, config: object): KerasLayer => ({ class_name, config: { ...common, ...config } })
  switch (layer.kind) {
    case 'dense':
      return made('Dense', { units: layer.units, activation: kerasActivation(layer.activation, index), use_bias: true })
    case 'conv2d':
      return made('Conv2D', { filters: layer.filters, ...window(layer) })
    case 'depthwise-conv2d':
      return made('DepthwiseConv2D', { depth_multiplier: 1, ...window(layer) })
    case 'max-pool2d':
    case 'average-pool2d': {
      const size = [layer.size, layer.size]
      const kind = layer.kind === 'max-pool2d' ? 'MaxPooling2D' : 'AveragePooling2D'
      return made(kind, { pool_size: size, strides: size, padding: 'valid', ...image })
    }
    case 'global-average-pool':
      return input.length === 3 ? made('GlobalAveragePooling2D', image) : made('GlobalAveragePooling1D', {})
    case 'flatten':
      return made('Flatten', image)
    case 'activation':
      return made('Activation', { activation: kerasActivation(layer.activation, index) })
    case 'dropout':
      return made('Dropout', { rate: layer.rate })
    case 'layer-norm':
      return made('LayerNormalization', { axis: [-1], epsilon, center: true, scale: true })
    case 'lstm': {
      const gates = { activation: 'tanh', recurrent_activation: 'sigmoid', use_bias: true, unit_forget_bias: true }
      return made('LSTM', { units: layer.units, ...gates, return_sequences: layer.output === 'sequence' })
    }
    case 'embedding':
      if (layer.positions) return cannotExport('TF.js', index, 'embedding with positions')
      return made('Embedding', { input_dim: layer.vocabulary, output_dim: layer.size, mask_zero: false })
    // TF.js has a GRU that resets before its product only, and no group norm and no attention that it could load.
    case 'gru':
    case 'group-norm':
    case 'self-attention':
      return cannotExport('TF.js', index, layer.kind)
  }
}

/** TF.js has GELU, and cannot load it: it reads the name in another spelling than it wrote it. */
function kerasActivation(activation: Activation, index: number): string {
  return activation === 'gelu' ? cannotExport('TF.js', index, activation) : activation
}
