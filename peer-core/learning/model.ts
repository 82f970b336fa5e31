/**
 * A model resolved: the shape of every activation, and the place of every parameter in the flat weights.
 * @module
 */
import { limits } from '../wire/limits.ts'
import type { LayerSpec, ModelSpec, PlainLayerSpec } from '../wire/task.ts'
import { ModelError } from './errors.ts'
import { type ParameterRole, parametersOfLayer, shapeAfter } from './layers.ts'
import { type Shape, sameShape, sizeOf, textOf } from './shape.ts'

export { type Shape, sameShape, sizeOf, textOf } from './shape.ts'

/** One array of parameters inside the flat weights. */
export interface ParameterShape {
  /** index of its layer in the model, from 0; within a residual block, that of the block */
  readonly layer: number
  /** within the model, e.g. `layers.3.kernel`, `layers.4.shortcut.0.bias` */
  readonly name: string
  readonly kind: PlainLayerSpec['kind']
  readonly role: ParameterRole
  readonly shape: Shape
  /** in values, of its first one in the flat weights */
  readonly offset: number
  /** in values */
  readonly size: number
}

/** A layer in its place. */
export type ModelNode = PlainNode | ResidualNode

export interface PlainNode {
  readonly kind: 'plain'
  readonly layer: PlainLayerSpec
  readonly input: Shape
  readonly output: Shape
  readonly parameters: readonly ParameterShape[]
}

export interface ResidualNode {
  readonly kind: 'residual'
  readonly input: Shape
  readonly output: Shape
  readonly layers: readonly PlainNode[]
  readonly shortcut: readonly PlainNode[]
}

/** Values of one activation of one example, at most: 64 MiB as float32. */
export const maxActivations = 16 * 1024 * 1024

/**
 * Every layer with its shapes and parameters. The flat weights hold the parameters in the order of the layers; in a residual
 * block those of `layers` come first, then those of `shortcut`.
 *
 * @throws {@link ModelError} `WRONG_RANK`, `WINDOW_TOO_LARGE`, `NOT_DIVISIBLE`, `NOT_FIRST`, `SHORTCUT_MISMATCH`, `TOO_LARGE`
 */
export function resolveModel(model: ModelSpec): readonly ModelNode[] {
  let offset = 0

  const plain = (layer: PlainLayerSpec, index: number, path: string, input: Shape): PlainNode => {
    if (layer.kind === 'embedding' && path !== 'layers.0') {
      throw new ModelError(
        { code: 'NOT_FIRST', layer: index, kind: layer.kind },
        `layer ${index} (${layer.kind}) takes token ids: it must be the first layer`,
      )
    }
    const output = shapeAfter(layer, index, input)
    checkSize(index, 'activations', activationsOf(layer, output), maxActivations)
    const parameters = parametersOfLayer(layer, input).map(([role, shape]) => {
      const size = sizeOf(shape)
      const parameter = { layer: index, name: `${path}.${role}`, kind: layer.kind, role, shape, offset, size }
      offset += size
      checkSize(index, 'parameters', offset, limits.parameters)
      return parameter
    })
    return { kind: 'plain', layer, input, output, parameters }
  }
  const chain = (layers: readonly PlainLayerSpec[], index: number, path: string, input: Shape): PlainNode[] => {
    let shape = input
    return layers.map((layer, i) => {
      const node = plain(layer, index, `${path}.${i}`, shape)
      shape = node.output
      return node
    })
  }
  const node = (layer: LayerSpec, index: number, input: Shape): ModelNode => {
    const path = `layers.${index}`
    if (layer.kind !== 'residual') return plain(layer, index, path, input)
    const layers = chain(layer.layers, index, `${path}.layers`, input)
    const shortcut = chain(layer.shortcut, index, `${path}.shortcut`, input)
    const output = layers.at(-1)!.output
    const beside = shortcut.at(-1)?.output ?? input
    if (!sameShape(output, beside)) {
      const fault = {
        code: 'SHORTCUT_MISMATCH',
        layer: index,
        output: textOf(output),
        shortcut: textOf(beside),
      } as const
      throw new ModelError(fault, `layer ${index} (residual) gives ${fault.output}, its shortcut ${fault.shortcut}`)
    }
    return { kind: 'residual', input, output, layers, shortcut }
  }

  let shape: Shape = model.input
  return model.layers.map((layer, index) => {
    const resolved = node(layer, index, shape)
    shape = resolved.output
    return resolved
  })
}

/** The shape after each layer, of one example. Throws as {@link resolveModel}. */
export function layerShapes(model: ModelSpec): readonly Shape[] {
  return resolveModel(model).map(({ output }) => output)
}

/** Values that the layers make of one example, all together, those within blocks too. Throws as {@link resolveModel}. */
export function activationCount(model: ModelSpec): number {
  const ofNode = (node: ModelNode): number =>
    node.kind === 'plain'
      ? sizeOf(node.output) + withinLayer(node)
      : sizeOf(node.output) + [...node.layers, ...node.shortcut].reduce((sum, one) => sum + ofNode(one), 0)
  return resolveModel(model).reduce((sum, node) => sum + ofNode(node), 0)
}

/** Of attention: queries, keys and values, and a weight for every pair of positions. */
function withinLayer({ layer, output }: PlainNode): number {
  return layer.kind === 'self-attention' ? 3 * sizeOf(output) + layer.heads * output[0]! ** 2 : 0
}

/** Every parameter array, in the order in which the flat weights hold them. Throws as {@link resolveModel}. */
export function parameterShapes(model: ModelSpec): readonly ParameterShape[] {
  return resolveModel(model).flatMap(parametersOf)
}

/** Of a node and those within it. */
export function parametersOf(node: ModelNode): readonly ParameterShape[] {
  if (node.kind === 'plain') return node.parameters
  return [...node.layers, ...node.shortcut].flatMap(({ parameters }) => parameters)
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
 * @throws {@link ModelError} `WRONG_INPUT`, `NOT_LOGITS`, `WRONG_CLASSES`, `WRONG_POSITIONS` and what {@link resolveModel} throws
 */
export function checkModel(model: ModelSpec, data: DataShape): void {
  if (!sameShape(model.input, data.shape)) {
    const fault = { code: 'WRONG_INPUT', expected: textOf(data.shape), actual: textOf(model.input) } as const
    throw new ModelError(fault, `the model takes ${fault.actual}, the examples are ${fault.expected}`)
  }
  const { positions, classes } = logitsOf(model)
  const layer = model.layers.length - 1
  const last = model.layers[layer]
  if (last?.kind !== 'dense') notLogits(layer, `it must be dense, one unit a class, not ${last?.kind ?? 'absent'}`)
  if (last.activation !== 'linear') notLogits(layer, `its activation must be linear, not ${last.activation}`)
  if (classes !== data.classes) {
    const fault = { code: 'WRONG_CLASSES', layer, expected: data.classes, actual: classes } as const
    throw new ModelError(fault, `layer ${layer} (dense) has ${classes} units for ${data.classes} classes`)
  }
  const expected = data.positions ?? 1
  if (positions !== expected) {
    const fault = { code: 'WRONG_POSITIONS', layer, expected, actual: positions } as const
    throw new ModelError(fault, `the model tells ${positions} labels of an example that has ${expected}`)
  }
}

/** The token ids that a model takes are below this; absent where it takes numbers. */
export function vocabularyOf(model: ModelSpec): number | undefined {
  const first = model.layers[0]
  return first?.kind === 'embedding' ? first.vocabulary : undefined
}

/** Values of the largest array that a layer makes of one example. */
function activationsOf(layer: PlainLayerSpec, output: Shape): number {
  // A weight for every pair of positions.
  if (layer.kind === 'self-attention') return Math.max(sizeOf(output), layer.heads * output[0]! ** 2)
  return sizeOf(output)
}

function notLogits(layer: number, why: string): never {
  throw new ModelError({ code: 'NOT_LOGITS', layer, why }, `layer ${layer}, the last, gives the logits: ${why}`)
}

function checkSize(layer: number, what: 'parameters' | 'activations', actual: number, limit: number): void {
  if (actual <= limit) return
  throw new ModelError(
    { code: 'TOO_LARGE', layer, what, actual, limit },
    `with layer ${layer} the model has ${actual} ${what}, more than ${limit}`,
  )
}
