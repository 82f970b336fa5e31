/** Models by name, for who does not want to write layers. Both were measured (README, benchmarks). @module */
import type { ModelSpec } from '../wire/index.ts'
import { ModelError } from './errors.ts'
import type { Shape } from './model.ts'

export type PresetName = 'mlp' | 'cnn'

const relu = 'relu' as const
const linear = 'linear' as const
const convolution = (filters: number) =>
  ({ kind: 'conv2d', filters, kernel: 3, stride: 1, padding: 'valid', activation: relu }) as const
const pool = { kind: 'max-pool2d', size: 2 } as const
const flatten = { kind: 'flatten' } as const
const dense = (units: number) => ({ kind: 'dense', units, activation: relu }) as const
const logits = (classes: number) => ({ kind: 'dense', units: classes, activation: linear }) as const

/** Hidden layers of each; the logits are added for the classes at hand. */
const hidden = {
  /** 784-128-10 on MNIST: 101,770 parameters */
  mlp: [flatten, dense(128)],
  /** conv16-pool-conv32-pool-dense64-10: 56,714 parameters on MNIST */
  cnn: [convolution(16), pool, convolution(32), pool, flatten, dense(64)],
} satisfies Record<PresetName, ModelSpec['layers']>

export const presetNames = Object.keys(hidden) as readonly PresetName[]

/**
 * @param data - shape of one example, `[height, width, channels]`, and the number of classes
 * @throws {@link ModelError} `UNKNOWN_PRESET`
 */
export function presetModel(preset: string, data: { readonly shape: Shape; readonly classes: number }): ModelSpec {
  if (!Object.hasOwn(hidden, preset)) {
    const known = presetNames.join(', ')
    throw new ModelError({ code: 'UNKNOWN_PRESET', preset, known }, `no model named ${preset}; there are ${known}`)
  }
  return { input: [...data.shape], layers: [...hidden[preset as PresetName], logits(data.classes)] }
}
