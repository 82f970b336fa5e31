/**
 * A model's layers as the blocks that the engine runs: dense, convolution with the pool behind it, pool alone.
 *
 * A max-pool moves into the convolution before it: maximum commutes with every activation there is (all grow), so the
 * activation runs on what the pool leaves, output pixels that no window covers are never computed, and the way back knows
 * that all but one of a window's gradients are zero.
 *
 * Pure geometry; shapes have been checked by `checkModel`.
 * @module
 */
import type { LayerSpec, ModelSpec } from '../../wire/index.ts'
import { layerShapes, parameterShapes, type Shape, sizeOf } from '../model.ts'

/** An image in memory, `[height + border][width + border][channels]`, its border zero. A vector is of height and width 1. */
export interface Grid {
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly top: number
  readonly left: number
  /** with the border */
  readonly outerHeight: number
  readonly outerWidth: number
}

export interface Parameters {
  /** weights, `[units][depth]` in the engine and `[depth][units]` in the flat weights */
  readonly units: number
  readonly depth: number
  /** in values, within the flat weights */
  readonly kernelAt: number
  readonly biasAt: number
}

export type Activation = 'linear' | 'relu' | 'tanh' | 'sigmoid'

export interface DenseBlock {
  readonly kind: 'dense'
  readonly input: Grid
  readonly parameters: Parameters
  readonly activation: Activation
}

export interface ConvolutionBlock {
  readonly kind: 'convolution'
  readonly input: Grid
  readonly parameters: Parameters
  readonly activation: Activation
  readonly kernel: number
  readonly stride: number
  /** of the pool behind it; 1 of none */
  readonly window: number
  /** after the pool */
  readonly height: number
  readonly width: number
}

export interface PoolBlock {
  readonly kind: 'pool'
  readonly input: Grid
  readonly window: number
  readonly height: number
  readonly width: number
}

export type Block = DenseBlock | ConvolutionBlock | PoolBlock

export function blocksOf(model: ModelSpec): readonly Block[] {
  const shapes = layerShapes(model)
  const parameters = parametersOf(model)
  const blocks: Block[] = []
  for (let i = 0; i < model.layers.length; i++) {
    const layer = model.layers[i]!
    const input: Shape = i === 0 ? model.input : shapes[i - 1]!
    if (layer.kind === 'dense') blocks.push(denseBlock(layer, input, parameters(i)))
    else if (layer.kind === 'max-pool2d') blocks.push(poolBlock(layer, input, shapes[i]!))
    else if (layer.kind === 'conv2d') {
      const next = model.layers[i + 1]
      const pool = next?.kind === 'max-pool2d' ? next : undefined
      const pooled = pool === undefined ? shapes[i]! : shapes[i + 1]!
      blocks.push(convolutionBlock(layer, input, shapes[i]!, parameters(i), pool?.size ?? 1, pooled))
      if (pool !== undefined) i++
    }
  }
  return blocks
}

/** What comes out of a block, without a border. */
export function outputOf(block: Block): Grid {
  if (block.kind === 'dense') return vector(block.parameters.units)
  const channels = block.kind === 'pool' ? block.input.channels : block.parameters.units
  return plain([block.height, block.width, channels])
}

/** Values of one example, border and all. */
export function gridSize(grid: Grid): number {
  return grid.outerHeight * grid.outerWidth * grid.channels
}

/** Where the pixel is, in values from the grid's first. */
export function pixelAt(grid: Grid, y: number, x: number): number {
  return ((grid.top + y) * grid.outerWidth + grid.left + x) * grid.channels
}

export function hasBorder(grid: Grid): boolean {
  return grid.outerHeight !== grid.height || grid.outerWidth !== grid.width
}

type Layer<K extends LayerSpec['kind']> = Extract<LayerSpec, { kind: K }>

function denseBlock(layer: Layer<'dense'>, input: Shape, parameters: Parameters): DenseBlock {
  return { kind: 'dense', input: vector(sizeOf(input)), parameters, activation: layer.activation }
}

function poolBlock(layer: Layer<'max-pool2d'>, input: Shape, output: Shape): PoolBlock {
  const [height, width] = imageOf(output)
  return { kind: 'pool', input: plain(input), window: layer.size, height, width }
}

function convolutionBlock(
  layer: Layer<'conv2d'>,
  input: Shape,
  output: Shape,
  parameters: Parameters,
  window: number,
  pooled: Shape,
): ConvolutionBlock {
  const { kernel, stride, activation } = layer
  const [height, width] = imageOf(pooled)
  const grid = layer.padding === 'valid' ? plain(input) : bordered(layer, input, output)
  return { kind: 'convolution', input: grid, parameters, activation, kernel, stride, window, height, width }
}

function vector(size: number): Grid {
  return { height: 1, width: 1, channels: size, top: 0, left: 0, outerHeight: 1, outerWidth: 1 }
}

function plain(shape: Shape): Grid {
  const [height, width, channels] = imageOf(shape)
  return { height, width, channels, top: 0, left: 0, outerHeight: height, outerWidth: width }
}

/** With the border that padding `same` asks for: as even as can be, the odd pixel at the bottom and on the right (TensorFlow). */
function bordered(layer: Layer<'conv2d'>, input: Shape, output: Shape): Grid {
  const grid = plain(input)
  const [outHeight, outWidth] = imageOf(output)
  const along = (out: number, length: number) => Math.max((out - 1) * layer.stride + layer.kernel - length, 0)
  const [rows, columns] = [along(outHeight, grid.height), along(outWidth, grid.width)]
  return {
    ...grid,
    top: Math.floor(rows / 2),
    left: Math.floor(columns / 2),
    outerHeight: grid.height + rows,
    outerWidth: grid.width + columns,
  }
}

function imageOf(shape: Shape): readonly [number, number, number] {
  return [shape[0]!, shape[1]!, shape[2]!]
}

function parametersOf(model: ModelSpec): (layer: number) => Parameters {
  const all = parameterShapes(model)
  return (layer) => {
    const [kernel, bias] = all.filter((parameter) => parameter.layer === layer)
    const units = bias!.size
    return { units, depth: kernel!.size / units, kernelAt: kernel!.offset, biasAt: bias!.offset }
  }
}
