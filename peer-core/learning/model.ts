/**
 * Shapes: from a task's layers to the shape of every activation and the place of every parameter in the flat weights.
 *
 * A kernel of a dense layer is `[inputs, units]`, of a convolution `[kernel, kernel, channels, filters]`; images are
 * `[height, width, channels]`. With padding `same` a convolution gives `⌈input / stride⌉`, with `valid`
 * `⌊(input − kernel) / stride⌋ + 1`; a pool's stride is its size and what does not fill a window is dropped.
 * @module
 */
import { limits } from '../wire/limits.ts'
import type { LayerSpec, ModelSpec } from '../wire/task.ts'
import { ModelError } from './errors.ts'

export type Shape = readonly number[]

/** One array of parameters inside the flat weights. */
export interface ParameterShape {
  /** index of its layer, from 0 */
  readonly layer: number
  readonly role: 'kernel' | 'bias'
  readonly shape: Shape
  /** in values, of its first one in the flat weights */
  readonly offset: number
  /** in values */
  readonly size: number
}

/** Values of one activation of one example, at most: 64 MiB as float32. */
export const maxActivations = 16 * 1024 * 1024

/**
 * The shape after each layer, of one example.
 *
 * @throws {@link ModelError} `WRONG_RANK`, `WINDOW_TOO_LARGE`, `TOO_LARGE`
 */
export function layerShapes(model: ModelSpec): readonly Shape[] {
  let shape: Shape = model.input
  return model.layers.map((layer, index) => {
    shape = shapeAfter(layer, index, shape)
    const values = sizeOf(shape)
    if (values > maxActivations) tooLarge(index, 'activations', values, maxActivations)
    return shape
  })
}

/**
 * Every parameter array, in the order in which the flat weights hold them: layer by layer, kernel, then bias.
 *
 * @throws {@link ModelError} as {@link layerShapes}
 */
export function parameterShapes(model: ModelSpec): readonly ParameterShape[] {
  const shapes = layerShapes(model)
  const parameters: ParameterShape[] = []
  let offset = 0
  const add = (layer: number, role: ParameterShape['role'], shape: Shape) => {
    const size = sizeOf(shape)
    parameters.push({ layer, role, shape, offset, size })
    offset += size
    if (offset > limits.parameters) tooLarge(layer, 'parameters', offset, limits.parameters)
  }
  for (const [index, layer] of model.layers.entries()) {
    const input = index === 0 ? model.input : shapes[index - 1]!
    const inputs = input.at(-1)!
    if (layer.kind === 'dense') {
      add(index, 'kernel', [inputs, layer.units])
      add(index, 'bias', [layer.units])
    } else if (layer.kind === 'conv2d') {
      add(index, 'kernel', [layer.kernel, layer.kernel, inputs, layer.filters])
      add(index, 'bias', [layer.filters])
    }
  }
  return parameters
}

/** `d`, the length of the flat weights. */
export function parameterCount(model: ModelSpec): number {
  const last = parameterShapes(model).at(-1)
  return last === undefined ? 0 : last.offset + last.size
}

/** Logits of one example: `positions × classes`, one position where the output is a vector. */
export function logitsOf(model: ModelSpec): { readonly positions: number; readonly classes: number } {
  const output = layerShapes(model).at(-1)!
  return { positions: sizeOf(output.slice(0, -1)), classes: output.at(-1)! }
}

/** What a model is to be trained on. */
export interface DataShape {
  /** of one example */
  readonly shape: Shape
  readonly classes: number
  /** labels of one example; 1 when absent */
  readonly positions?: number
}

/**
 * Passes a model that can classify such examples: it takes their shape and ends in one logit a class, for each label.
 *
 * @throws {@link ModelError} `WRONG_INPUT`, `NOT_LOGITS`, `WRONG_CLASSES`, `WRONG_POSITIONS` and what {@link parameterShapes} throws
 */
export function checkModel(model: ModelSpec, data: DataShape): void {
  if (!sameShape(model.input, data.shape)) {
    const fault = { code: 'WRONG_INPUT', expected: textOf(data.shape), actual: textOf(model.input) } as const
    throw new ModelError(fault, `the model takes ${fault.actual}, the examples are ${fault.expected}`)
  }
  parameterShapes(model)
  const layer = model.layers.length - 1
  const last = model.layers[layer]
  if (last?.kind !== 'dense') notLogits(layer, `it must be dense, one unit a class, not ${last?.kind ?? 'absent'}`)
  if (last.activation !== 'linear') notLogits(layer, `its activation must be linear, not ${last.activation}`)
  if (last.units !== data.classes) {
    const fault = { code: 'WRONG_CLASSES', layer, expected: data.classes, actual: last.units } as const
    throw new ModelError(fault, `layer ${layer} (dense) has ${last.units} units for ${data.classes} classes`)
  }
  const [expected, actual] = [data.positions ?? 1, logitsOf(model).positions]
  if (actual !== expected) {
    const fault = { code: 'WRONG_POSITIONS', layer, expected, actual } as const
    throw new ModelError(fault, `the model tells ${actual} labels of an example that has ${expected}`)
  }
}

/** Product of the dimensions; 1 of none. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i])
}

/** For a person, e.g. `28×28×1`. */
export function textOf(shape: Shape): string {
  return shape.join('×')
}

function shapeAfter(layer: LayerSpec, index: number, shape: Shape): Shape {
  switch (layer.kind) {
    case 'dense':
      if (shape.length !== 1) wrongRank(layer, index, 1, shape)
      return [layer.units]
    case 'flatten':
      return [sizeOf(shape)]
    case 'conv2d': {
      const [height, width] = imageOf(layer, index, shape)
      if (layer.padding === 'same') {
        return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters]
      }
      if (layer.kernel > height || layer.kernel > width) windowTooLarge(layer, index, layer.kernel, shape)
      const along = (length: number) => Math.floor((length - layer.kernel) / layer.stride) + 1
      return [along(height), along(width), layer.filters]
    }
    case 'max-pool2d': {
      const [height, width, channels] = imageOf(layer, index, shape)
      if (layer.size > height || layer.size > width) windowTooLarge(layer, index, layer.size, shape)
      return [Math.floor(height / layer.size), Math.floor(width / layer.size), channels]
    }
  }
}

function imageOf(layer: LayerSpec, index: number, shape: Shape): readonly [number, number, number] {
  const [height, width, channels] = shape
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    return wrongRank(layer, index, 3, shape)
  }
  return [height, width, channels]
}

function wrongRank(layer: LayerSpec, index: number, expected: number, shape: Shape): never {
  const wanted = expected === 1 ? 'a flat input: put a flatten before it' : 'an image: height × width × channels'
  throw new ModelError(
    { code: 'WRONG_RANK', layer: index, kind: layer.kind, expected, shape: textOf(shape) },
    `layer ${index} (${layer.kind}) gets ${textOf(shape)} but needs ${wanted}`,
  )
}

function windowTooLarge(layer: LayerSpec, index: number, window: number, shape: Shape): never {
  throw new ModelError(
    { code: 'WINDOW_TOO_LARGE', layer: index, kind: layer.kind, window, shape: textOf(shape) },
    `layer ${index} (${layer.kind}): a window of ${window}×${window} does not fit its input of ${textOf(shape)}`,
  )
}

function notLogits(layer: number, why: string): never {
  throw new ModelError({ code: 'NOT_LOGITS', layer, why }, `layer ${layer}, the last, gives the logits: ${why}`)
}

function tooLarge(layer: number, what: 'parameters' | 'activations', actual: number, limit: number): never {
  throw new ModelError(
    { code: 'TOO_LARGE', layer, what, actual, limit },
    `with layer ${layer} the model has ${actual} ${what}, more than ${limit}`,
  )
}
