/**
 * Layers, one by one: the shape that each gives, and the parameters that it has.
 *
 * Images are `[height, width, channels]`, sequences `[positions, channels]`. With padding `same` a convolution gives
 * `⌈input / stride⌉`, with `valid` `⌊(input − kernel) / stride⌋ + 1`; a pool's stride is its size and what does not fill a
 * window is dropped.
 * @module
 */
import type { PlainLayerSpec } from '../wire/task.ts'
import { ModelError } from './errors.ts'
import { type Shape, sizeOf, textOf } from './shape.ts'

/**
 * | role | of | shape |
 * |---|---|---|
 * | kernel | dense; attention: queries, keys, values side by side | `[inputs, units]` |
 * | kernel | conv2d | `[kernel, kernel, channels, filters]` |
 * | kernel | depthwise-conv2d | `[kernel, kernel, channels]` |
 * | kernel | lstm (input, forget, cell, output), gru (update, reset, candidate) | `[inputs, gates · units]` |
 * | recurrent | lstm, gru | `[units, gates · units]` |
 * | recurrent-bias | gru: inside of the reset gate (Keras' `reset_after`) | `[3 · units]` |
 * | tokens, positions | embedding | `[vocabulary, size]`, `[positions, size]` |
 * | projection, projection-bias | attention | `[channels, channels]`, `[channels]` |
 * | scale | norms | `[channels]` |
 * | bias | all but embedding | one a unit, filter, channel or gate |
 */
export type ParameterRole =
  | 'kernel'
  | 'bias'
  | 'recurrent'
  | 'recurrent-bias'
  | 'tokens'
  | 'positions'
  | 'projection'
  | 'projection-bias'
  | 'scale'

/** Of one layer, in the order of the flat weights. */
export type LayerParameters = readonly (readonly [ParameterRole, Shape])[]

/** @throws {@link ModelError} `WRONG_RANK`, `WINDOW_TOO_LARGE`, `NOT_DIVISIBLE`; `index` is what they name */
export function shapeAfter(layer: PlainLayerSpec, index: number, shape: Shape): Shape {
  switch (layer.kind) {
    case 'dense':
      if (shape.length > 2) wrongRank(layer, index, 1, shape)
      return [...shape.slice(0, -1), layer.units]
    case 'flatten':
      return [sizeOf(shape)]
    case 'activation':
    case 'layer-norm':
    case 'dropout':
      return shape
    case 'group-norm':
      if (shape.length === 1) wrongRank(layer, index, 2, shape)
      checkDivides(layer, index, layer.groups, shape)
      return shape
    case 'global-average-pool':
      if (shape.length === 1) wrongRank(layer, index, 2, shape)
      return [shape.at(-1)!]
    case 'conv2d':
      return windowed(layer, index, shape, layer.filters)
    case 'depthwise-conv2d':
      return windowed(layer, index, shape, shape.at(-1)!)
    case 'max-pool2d':
    case 'average-pool2d': {
      const [height, width, channels] = imageOf(layer, index, shape)
      if (layer.size > height || layer.size > width) windowTooLarge(layer, index, layer.size, shape)
      return [Math.floor(height / layer.size), Math.floor(width / layer.size), channels]
    }
    case 'embedding':
      if (shape.length !== 1) wrongRank(layer, index, 1, shape)
      return [shape[0]!, layer.size]
    case 'self-attention':
      if (shape.length !== 2) wrongRank(layer, index, 2, shape)
      checkDivides(layer, index, layer.heads, shape)
      return shape
    case 'lstm':
    case 'gru':
      if (shape.length !== 2) wrongRank(layer, index, 2, shape)
      return layer.output === 'last' ? [layer.units] : [shape[0]!, layer.units]
  }
}

/** @param input - shape that the layer gets, which {@link shapeAfter} let pass */
export function parametersOfLayer(layer: PlainLayerSpec, input: Shape): LayerParameters {
  const channels = input.at(-1)!
  switch (layer.kind) {
    case 'dense':
      return [
        ['kernel', [channels, layer.units]],
        ['bias', [layer.units]],
      ]
    case 'conv2d':
      return [
        ['kernel', [layer.kernel, layer.kernel, channels, layer.filters]],
        ['bias', [layer.filters]],
      ]
    case 'depthwise-conv2d':
      return [
        ['kernel', [layer.kernel, layer.kernel, channels]],
        ['bias', [channels]],
      ]
    case 'layer-norm':
    case 'group-norm':
      return [
        ['scale', [channels]],
        ['bias', [channels]],
      ]
    case 'embedding':
      return [
        ['tokens', [layer.vocabulary, layer.size]],
        ...(layer.positions ? [['positions', [input[0]!, layer.size]] as const] : []),
      ]
    case 'self-attention':
      return [
        ['kernel', [channels, 3 * channels]],
        ['bias', [3 * channels]],
        ['projection', [channels, channels]],
        ['projection-bias', [channels]],
      ]
    case 'lstm':
      return [
        ['kernel', [channels, 4 * layer.units]],
        ['recurrent', [layer.units, 4 * layer.units]],
        ['bias', [4 * layer.units]],
      ]
    case 'gru':
      return [
        ['kernel', [channels, 3 * layer.units]],
        ['recurrent', [layer.units, 3 * layer.units]],
        ['bias', [3 * layer.units]],
        ['recurrent-bias', [3 * layer.units]],
      ]
    case 'max-pool2d':
    case 'average-pool2d':
    case 'global-average-pool':
    case 'flatten':
    case 'activation':
    case 'dropout':
      return []
  }
}

type Windowed = Extract<PlainLayerSpec, { kind: 'conv2d' | 'depthwise-conv2d' }>

function windowed(layer: Windowed, index: number, shape: Shape, filters: number): Shape {
  const [height, width] = imageOf(layer, index, shape)
  if (layer.padding === 'same') {
    return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), filters]
  }
  if (layer.kernel > height || layer.kernel > width) windowTooLarge(layer, index, layer.kernel, shape)
  const along = (length: number) => Math.floor((length - layer.kernel) / layer.stride) + 1
  return [along(height), along(width), filters]
}

function imageOf(layer: PlainLayerSpec, index: number, shape: Shape): readonly [number, number, number] {
  const [height, width, channels] = shape
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
    return wrongRank(layer, index, 3, shape)
  }
  return [height, width, channels]
}

const wantedOfRank: Readonly<Record<number, string>> = {
  1: 'a flat input: put a flatten before it',
  2: 'a sequence: positions × channels',
  3: 'an image: height × width × channels',
}

function wrongRank(layer: PlainLayerSpec, index: number, expected: number, shape: Shape): never {
  throw new ModelError(
    { code: 'WRONG_RANK', layer: index, kind: layer.kind, expected, shape: textOf(shape) },
    `layer ${index} (${layer.kind}) gets ${textOf(shape)} but needs ${wantedOfRank[expected]}`,
  )
}

function windowTooLarge(layer: PlainLayerSpec, index: number, window: number, shape: Shape): never {
  throw new ModelError(
    { code: 'WINDOW_TOO_LARGE', layer: index, kind: layer.kind, window, shape: textOf(shape) },
    `layer ${index} (${layer.kind}): a window of ${window}×${window} does not fit its input of ${textOf(shape)}`,
  )
}

function checkDivides(layer: PlainLayerSpec, index: number, parts: number, shape: Shape): void {
  const channels = shape.at(-1)!
  if (channels % parts === 0) return
  throw new ModelError(
    { code: 'NOT_DIVISIBLE', layer: index, kind: layer.kind, channels, parts },
    `layer ${index} (${layer.kind}) cannot divide ${channels} channels into ${parts} equal parts`,
  )
}
