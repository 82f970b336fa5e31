/**
 * What is measured: a training step of a preset on images of 28 × 28, by an engine.
 * @module
 */
import { layerShapes, type PresetName, presetModel, sizeOf } from '../../../peer-core/learning/index.ts'
import type { ModelSpec } from '../../../peer-core/wire/index.ts'

export type EngineCase = 'wasm' | 'tfjs-wasm' | 'tfjs-cpu'

export interface Case {
  readonly preset: PresetName
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
  /** of the weights after some steps from the same start: a sum of their bits */
  readonly digest: string
}

export const batchSize = 32
export const data = { shape: [28, 28, 1], classes: 10 }

/**
 * Floating-point operations of one step as a textbook counts them: of every layer with weights the product forwards, that
 * for its weights' gradient and, but for the first, that for its input's. Engines may do fewer.
 */
export function flopsOf(preset: PresetName): number {
  const model = presetModel(preset, data)
  const forwards = productsOf(model)
  const products = forwards.reduce((sum, products, i) => sum + (i === 0 ? 2 : 3) * products, 0)
  return 2 * batchSize * products
}

/** Multiplications of each layer with weights, for one example. */
function productsOf(model: ModelSpec): number[] {
  const shapes = layerShapes(model)
  return model.layers.flatMap((layer, i) => {
    const input = i === 0 ? model.input : shapes[i - 1]!
    if (layer.kind === 'dense') return [sizeOf(input) * layer.units]
    if (layer.kind === 'conv2d') return [sizeOf(shapes[i]!) * layer.kernel ** 2 * input.at(-1)!]
    return []
  })
}
