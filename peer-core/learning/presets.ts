/** Models by name, for who does not want to write layers. `bench train` measures four of them. @module */
import type { LayerSpec, ModelSpec, PlainLayerSpec } from '../wire/index.ts'
import { ModelError } from './errors.ts'
import type { Shape } from './model.ts'

export type PresetName = 'mlp' | 'cnn' | 'resnet8' | 'gpt-nano' | 'gpt-micro' | 'char-lstm'

interface Data {
  /** of one example: `[height, width, channels]`, or `[tokens]` */
  readonly shape: Shape
  /** of a text, its vocabulary too */
  readonly classes: number
}

const relu = 'relu' as const
const linear = 'linear' as const
const pool = { kind: 'max-pool2d', size: 2 } as const
const flatten = { kind: 'flatten' } as const
const layerNorm = { kind: 'layer-norm' } as const
const convolution = (filters: number) =>
  ({ kind: 'conv2d', filters, kernel: 3, stride: 1, padding: 'valid', activation: relu }) as const
const dense = (units: number, activation: 'linear' | 'relu' | 'gelu') => ({ kind: 'dense', units, activation }) as const

/** Hidden layers of each; the logits are added for the classes at hand. */
const hidden = {
  /** 784-128-10 on MNIST: 101,770 parameters */
  mlp: () => [flatten, dense(128, relu)],
  /** conv16-pool-conv32-pool-dense64-10: 56,714 parameters on MNIST */
  cnn: () => [convolution(16), pool, convolution(32), pool, flatten, dense(64, relu)],
  /**
   * Banbury et al., "MLPerf Tiny Benchmark", NeurIPS 2021 ({@link https://arxiv.org/abs/2106.07597 | arXiv:2106.07597}), image
   * classification, with group norm in the place of batch norm: 78,186 parameters on CIFAR-10.
   */
  resnet8: () => [
    ...[same(16, 3, 1), groupNorm(16), { kind: 'activation', activation: relu } as const],
    ...residual(16, 1),
    ...residual(32, 2),
    ...residual(64, 2),
    { kind: 'global-average-pool' } as const,
  ],
  /** The sizes are minGPT's; 3 layers, 3 heads, 48 wide: 97,361 parameters for 65 characters and 128 positions */
  'gpt-nano': ({ classes }) => transformer({ vocabulary: classes, layers: 3, heads: 3, width: 48 }),
  'gpt-micro': ({ classes }) => transformer({ vocabulary: classes, layers: 4, heads: 4, width: 128 }),
  /** One LSTM over embedded characters. */
  'char-lstm': ({ classes }) => [
    { kind: 'embedding', vocabulary: classes, size: 32, positions: false },
    { kind: 'lstm', units: 128, output: 'sequence' },
  ],
} satisfies Record<PresetName, (data: Data) => readonly LayerSpec[]>

export const presetNames = Object.keys(hidden) as readonly PresetName[]

/** @throws {@link ModelError} `UNKNOWN_PRESET` */
export function presetModel(preset: string, data: Data): ModelSpec {
  if (!Object.hasOwn(hidden, preset)) {
    const known = presetNames.join(', ')
    throw new ModelError({ code: 'UNKNOWN_PRESET', preset, known }, `no model named ${preset}; there are ${known}`)
  }
  return { input: [...data.shape], layers: [...hidden[preset as PresetName](data), dense(data.classes, linear)] }
}

function same(filters: number, kernel: number, stride: number): PlainLayerSpec {
  return { kind: 'conv2d', filters, kernel, stride, padding: 'same', activation: linear }
}

/** Eight channels a group. */
function groupNorm(channels: number): PlainLayerSpec {
  return { kind: 'group-norm', groups: channels / 8 }
}

/** He, Zhang, Ren, Sun, "Deep Residual Learning", CVPR 2016, figure 2; a 1 × 1 convolution beside where the size changes. */
function residual(filters: number, stride: number): readonly LayerSpec[] {
  const activation = { kind: 'activation', activation: relu } as const
  const inner = [same(filters, 3, stride), groupNorm(filters), activation, same(filters, 3, 1), groupNorm(filters)]
  return [{ kind: 'residual', layers: inner, shortcut: stride === 1 ? [] : [same(filters, 1, stride)] }, activation]
}

interface TransformerSize {
  readonly vocabulary: number
  readonly layers: number
  readonly heads: number
  readonly width: number
}

/** GPT-2's blocks: norms first, GELU four times as wide between (Radford et al. 2019, section 2.3). */
function transformer({ vocabulary, layers, heads, width }: TransformerSize): readonly LayerSpec[] {
  const attend: LayerSpec = {
    kind: 'residual',
    layers: [layerNorm, { kind: 'self-attention', heads, causal: true }],
    shortcut: [],
  }
  const think: LayerSpec = {
    kind: 'residual',
    layers: [layerNorm, dense(4 * width, 'gelu'), dense(width, linear)],
    shortcut: [],
  }
  const embedding: LayerSpec = { kind: 'embedding', vocabulary, size: width, positions: true }
  return [embedding, ...Array.from({ length: layers }, () => [attend, think]).flat(), layerNorm]
}
