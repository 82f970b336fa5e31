/**
 * What is measured: a training step of a preset, by an engine.
 * @module
 */
import {
  type PlainNode,
  type PresetName,
  presetModel,
  resolveModel,
  sizeOf,
} from '../../../peer-core/learning/index.ts'

/** `wasm-exact` is ours without fused multiply-adds. */
export type EngineCase = 'wasm' | 'wasm-exact' | 'tfjs-wasm' | 'tfjs-cpu'

export type MeasuredPreset = keyof typeof workloads

export interface Case {
  readonly preset: MeasuredPreset
  readonly engine: EngineCase
}

export interface Measured {
  /** median of a step on a batch that lies ready */
  readonly ms: number
  /** the quickest sample: what it takes while nobody else wants the processor */
  readonly bestMs: number
  /** mean of a step of `Trainer.train`: batches made, cancelling possible */
  readonly trainingMs: number
  readonly steps: number
  /** Bytes that the process or the worker holds more after 1,000 further steps, garbage collected; absent where nobody can ask for that. */
  readonly growth?: number
  /** of the bare product, its numbers in the first cache, in GFLOP/s; of our engine */
  readonly ceiling?: number
  /** of the weights after some steps from the same start: a sum of their bits */
  readonly digest: string
}

interface Workload {
  readonly shape: readonly number[]
  readonly classes: number
  readonly batchSize: number
}

const mnist = { shape: [28, 28, 1], classes: 10, batchSize: 32 }

/** What each model is trained on. */
export const workloads = {
  mlp: mnist,
  cnn: mnist,
  /** CIFAR's images */
  resnet8: { shape: [32, 32, 3], classes: 10, batchSize: 32 },
  /** tiny Shakespeare's characters */
  'gpt-nano': { shape: [128], classes: 65, batchSize: 8 },
} satisfies Partial<Record<PresetName, Workload>>

/**
 * Examples that one measured step takes. On plain JavaScript a batch of the larger models takes minutes: there it is one
 * example, and its time counts as often as a batch has examples.
 */
export function measuredBatch({ preset, engine }: Case): number {
  const { batchSize } = workloads[preset]
  return engine === 'tfjs-cpu' && (preset === 'resnet8' || preset === 'gpt-nano') ? 1 : batchSize
}

/**
 * Floating-point operations of one step as a textbook counts them: of every layer with weights the product forwards, that
 * for its weights' gradient and, but for the first, that for its input's; of causal attention half of the pairs of positions.
 * Engines may do fewer.
 */
export function flopsOf(preset: MeasuredPreset): number {
  const workload: Workload = workloads[preset]
  const nodes = resolveModel(presetModel(preset, workload))
  const products = nodes.flatMap((node) =>
    node.kind === 'plain' ? [productsOf(node)] : [...node.layers, ...node.shortcut].map(productsOf),
  )
  const first = products.findIndex((count) => count > 0)
  const all = products.reduce((sum, count, i) => sum + (i === first && preset !== 'gpt-nano' ? 2 : 3) * count, 0)
  return 2 * workload.batchSize * all
}

/** Multiplications forwards, for one example. */
function productsOf({ layer, input, output }: PlainNode): number {
  switch (layer.kind) {
    case 'dense':
      return sizeOf(input) * layer.units
    case 'conv2d':
      return sizeOf(output) * layer.kernel ** 2 * input.at(-1)!
    case 'self-attention': {
      const [positions, channels] = input as [number, number]
      const pairs = layer.causal ? (positions * (positions + 1)) / 2 : positions ** 2
      return 4 * positions * channels ** 2 + 2 * pairs * channels
    }
    default:
      return 0
  }
}
