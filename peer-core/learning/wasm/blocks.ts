/**
 * A model's layers as the blocks that the engine runs.
 *
 * A max-pool moves into the convolution before it: maximum commutes with every activation that grows, so the activation
 * runs on what the pool leaves, output pixels that no window covers are never computed, and the way back knows that all but
 * one of a window's gradients are zero. GELU, which does not grow everywhere and whose derivative is no function of its output,
 * is a block of its own. Attention is three: a projection, the attention itself, a projection.
 *
 * Pure geometry; shapes have been checked by `checkModel`.
 * @module
 */
import type { Activation, ModelSpec, PlainLayerSpec } from '../../wire/index.ts'
import { type ModelNode, type ParameterShape, type PlainNode, resolveModel, sizeOf } from '../model.ts'
import { borderedFor, type Grid, gridOf, hasBorder, mergedGrid } from './grid.ts'

/** An array of weights, `[units][depth]` in the engine and `[depth][units]` in the flat weights; vectors have depth 1. */
export interface Parameter {
  readonly units: number
  readonly depth: number
  /** in values, within the flat weights */
  readonly at: number
}

/** An activation that grows, and whose derivative is a function of what it gave. */
export type GrowingActivation = Exclude<Activation, 'gelu'>

interface Common {
  /** as the block would have its input lie */
  readonly input: Grid
  /** without a border */
  readonly output: Grid
  readonly parameters: readonly Parameter[]
}

/** Of vectors: the whole batch at once. */
export interface DenseBlock extends Common {
  readonly kind: 'dense'
  readonly activation: GrowingActivation
}

/** Dense, on each position of a sequence. */
export interface ProjectionBlock extends Common {
  readonly kind: 'projection'
  readonly activation: GrowingActivation
}

export interface ConvolutionBlock extends Common {
  readonly kind: 'convolution'
  readonly activation: GrowingActivation
  readonly kernel: number
  readonly stride: number
  /** of the pool behind it; 1 of none */
  readonly window: number
}

export interface DepthwiseBlock extends Common {
  readonly kind: 'depthwise'
  readonly activation: GrowingActivation
  readonly kernel: number
  readonly stride: number
}

/** Max-pool that follows no convolution. */
export interface PoolBlock extends Common {
  readonly kind: 'pool'
  readonly window: number
}

/** Mean of each window. */
export interface AverageBlock extends Common {
  readonly kind: 'average'
  readonly windowHeight: number
  readonly windowWidth: number
}

export interface ActivationBlock extends Common {
  readonly kind: 'activation'
  readonly activation: Activation
}

export interface NormaliseBlock extends Common {
  readonly kind: 'normalise'
  /** each position by itself, or all of an example together */
  readonly apart: boolean
  readonly groups: number
}

export interface DropoutBlock extends Common {
  readonly kind: 'dropout'
  readonly rate: number
  /** among the model's dropout layers */
  readonly ordinal: number
}

export interface EmbeddingBlock extends Common {
  readonly kind: 'embedding'
}

/** From queries, keys and values side by side. */
export interface AttentionBlock extends Common {
  readonly kind: 'attention'
  readonly heads: number
  readonly causal: boolean
}

export interface RecurrentBlock extends Common {
  readonly kind: 'lstm' | 'gru'
  readonly last: boolean
}

export interface ResidualBlock extends Common {
  readonly kind: 'residual'
  readonly layers: readonly Block[]
  readonly shortcut: readonly Block[]
}

export type Block =
  | DenseBlock
  | ProjectionBlock
  | ConvolutionBlock
  | DepthwiseBlock
  | PoolBlock
  | AverageBlock
  | ActivationBlock
  | NormaliseBlock
  | DropoutBlock
  | EmbeddingBlock
  | AttentionBlock
  | RecurrentBlock
  | ResidualBlock

/** @param training - dropout is a block only then */
export function blocksOf(model: ModelSpec, training: boolean): readonly Block[] {
  let dropouts = 0
  const plain = (nodes: readonly PlainNode[]): Block[] => {
    const blocks: Block[] = []
    for (const node of nodes) {
      const before = blocks.at(-1)
      if (node.layer.kind === 'max-pool2d' && before?.kind === 'convolution' && before.window === 1) {
        blocks[blocks.length - 1] = { ...before, window: node.layer.size, output: gridOf(node.output) }
      } else if (node.layer.kind === 'dropout') {
        const [ordinal, io] = [dropouts++, ends(node)]
        if (training) blocks.push({ kind: 'dropout', ...io, rate: node.layer.rate, ordinal })
      } else blocks.push(...blocksOfLayer(node, node.layer))
    }
    return blocks
  }
  const residual = (node: Extract<ModelNode, { kind: 'residual' }>): ResidualBlock => {
    const [layers, shortcut] = [plain(node.layers), plain(node.shortcut)]
    const wanted = [layers[0], shortcut[0]].flatMap((block) => (block === undefined ? [] : [block.input]))
    const input = wanted.reduce(mergedGrid, gridOf(node.input))
    const [inside, beside] = [withoutBorder(layers, node, input), withoutBorder(shortcut, node, input)]
    return { kind: 'residual', input, output: gridOf(node.output), parameters: [], layers: inside, shortcut: beside }
  }

  const blocks: Block[] = []
  let run: PlainNode[] = []
  for (const node of resolveModel(model)) {
    if (node.kind === 'plain') run.push(node)
    else {
      blocks.push(...plain(run), residual(node))
      run = []
    }
  }
  return [...blocks, ...plain(run)]
}

/** A block and those within it, in the order of their parameters. */
export function blocksWithin(block: Block): readonly Block[] {
  if (block.kind !== 'residual') return [block]
  return [...block.layers, ...block.shortcut].flatMap(blocksWithin)
}

function blocksOfLayer(node: PlainNode, layer: Exclude<PlainLayerSpec, { kind: 'dropout' }>): readonly Block[] {
  const io = ends(node)
  const parameters = node.parameters.map(parameterOf)
  switch (layer.kind) {
    case 'dense': {
      const kind = node.input.length === 1 ? 'dense' : 'projection'
      return activated(layer.activation, (activation) => ({ kind, ...io, parameters, activation }))
    }
    case 'conv2d': {
      const { kernel, stride } = layer
      const input = borderedFor(io.input, layer)
      const [kind, window] = ['convolution', 1] as const
      return activated(layer.activation, (activation) => {
        return { kind, ...io, input, parameters, activation, kernel, stride, window }
      })
    }
    case 'depthwise-conv2d': {
      const { kernel, stride } = layer
      const input = borderedFor(io.input, layer)
      const kind = 'depthwise'
      return activated(layer.activation, (activation) => {
        return { kind, ...io, input, parameters, activation, kernel, stride }
      })
    }
    case 'max-pool2d':
      return [{ kind: 'pool', ...io, window: layer.size }]
    case 'average-pool2d':
      return [{ kind: 'average', ...io, windowHeight: layer.size, windowWidth: layer.size }]
    case 'global-average-pool':
      return [{ kind: 'average', ...io, windowHeight: io.input.height, windowWidth: io.input.width }]
    case 'flatten':
      return []
    case 'activation':
      return [{ kind: 'activation', ...io, activation: layer.activation }]
    case 'layer-norm':
      return [{ kind: 'normalise', ...io, parameters, apart: true, groups: 1 }]
    case 'group-norm':
      return [{ kind: 'normalise', ...io, parameters, apart: false, groups: layer.groups }]
    case 'embedding':
      // Rows of a table are read as they are: no matrix to be turned.
      return [{ kind: 'embedding', ...io, parameters: node.parameters.map(vectorOf) }]
    case 'self-attention': {
      const [kernel, bias, projection, projectionBias] = parameters as [Parameter, Parameter, Parameter, Parameter]
      const between = gridOf([node.input[0]!, 3 * node.input[1]!])
      const linear = { kind: 'projection', activation: 'linear' } as const
      return [
        { ...linear, ...io, output: between, parameters: [kernel, bias] },
        { kind: 'attention', ...io, input: between, heads: layer.heads, causal: layer.causal },
        { ...linear, ...io, input: io.output, parameters: [projection, projectionBias] },
      ]
    }
    case 'lstm':
    case 'gru':
      return [{ kind: layer.kind, ...io, parameters, last: layer.output === 'last' }]
  }
}

/** A vector has no border: where the other branch asks for one, what is flattened is copied out of it first. */
function withoutBorder(branch: readonly Block[], node: ModelNode, input: Grid): readonly Block[] {
  if (branch[0]?.kind !== 'dense' || !hasBorder(input)) return branch
  const image = gridOf(node.input)
  return [{ kind: 'activation', activation: 'linear', input: image, output: image, parameters: [] }, ...branch]
}

function ends(node: PlainNode): Common {
  return { input: gridOf(node.input), output: gridOf(node.output), parameters: [] }
}

function activated(activation: Activation, make: (activation: GrowingActivation) => Block): readonly Block[] {
  if (activation !== 'gelu') return [make(activation)]
  const block = make('linear')
  return [block, { kind: 'activation', input: block.output, output: block.output, parameters: [], activation }]
}

function parameterOf({ shape, offset, size, kind, role }: ParameterShape): Parameter {
  // A depthwise filter is a row of channels for each tap, as it is read.
  if (shape.length === 1 || (kind === 'depthwise-conv2d' && role === 'kernel'))
    return { units: size, depth: 1, at: offset }
  const units = shape.at(-1)!
  return { units, depth: size / units, at: offset }
}

function vectorOf({ shape, offset }: ParameterShape): Parameter {
  return { units: sizeOf(shape), depth: 1, at: offset }
}
