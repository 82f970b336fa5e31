/**
 * The gradient of a convolution's input, from dense gradients of its output.
 *
 * Behind a stride of 1 it is a convolution itself: of the gradients, within a border of zeros, with every kernel turned about
 * its middle and units in the place of channels. So each input pixel is one sum, written once.
 *
 * Behind a greater stride most of that border would lie between the gradients. There it is a product with the weights of each
 * kernel row (of each tap, where a panel would span two) that adds to the pixels below: no two rows of a call write the
 * same place.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import type { ConvolutionTables } from './convolution-tables.ts'
import { type Grid, gridSize, pixelsOf } from './grid.ts'
import {
  evenRows,
  groupSlot,
  type ParameterPlace,
  panelsOf,
  pixelRows,
  type Slot,
  type WayBack,
  type Wiring,
} from './stage.ts'

export function convolutionInputGradient(
  block: ConvolutionBlock,
  weights: ParameterPlace,
  wiring: Wiring,
  inputGradient: Slot,
  tables: ConvolutionTables,
): WayBack {
  return block.stride === 1
    ? byConvolution(block, weights, wiring, inputGradient)
    : byAdding(block, weights, wiring, inputGradient, tables)
}

function byConvolution(
  { kernel, input: wanted, output, parameters }: ConvolutionBlock,
  weights: ParameterPlace,
  { arena, examples, inputGrid }: Wiring,
  inputGradient: Slot,
): WayBack {
  const { units, depth } = parameters[0]!
  const { channels, height, width } = inputGrid
  const bordered: Grid = {
    ...output,
    top: kernel - 1 - wanted.top,
    left: kernel - 1 - wanted.left,
    outerHeight: height + kernel - 1,
    outerWidth: width + kernel - 1,
  }
  const pixels = pixelsOf(output)
  const inputPixels = height * width
  const taps = kernel * kernel
  const room = groupSlot(arena, examples, gridSize(bordered))
  const gradientRows = evenRows(arena, examples * pixels, 4 * units)
  const borderedRows = pixelRows(arena, examples, room, bordered)
  const placeOf = (y: number, x: number) => 4 * (y * bordered.outerWidth + x) * units
  const corners = arena.table(examples * inputPixels, (i) => {
    const [example, pixel] = [Math.floor(i / inputPixels), i % inputPixels]
    return example * room.stride + placeOf(Math.floor(pixel / width), pixel % width)
  })
  const tapPlaces = arena.table(taps * units, (i) => {
    const [tap, unit] = [Math.floor(i / units), i % units]
    return placeOf(Math.floor(tap / kernel), tap % kernel) + 4 * unit
  })
  const inputRows = pixelRows(arena, examples, inputGradient, inputGrid)
  const panels = panelsOf(arena, channels, taps * units)
  return {
    prepare: (kernels) =>
      Array.from({ length: taps }, (_, tap) => () => {
        const from = weights.values + 4 * (taps - 1 - tap) * channels
        kernels.packColumns(units, channels, from, 4 * depth, panels.at + 32 * tap * units, panels.stride)
      }),
    backward(kernels, first, count, g) {
      const [into, out] = [room.at(first), inputGradient.at(first)]
      return [
        () => kernels.moveRows(count * pixels, units, g, gradientRows, into, borderedRows),
        () =>
          kernels.gemm(
            ...([count * inputPixels, taps * units, channels, into, corners, tapPlaces] as const),
            ...([panels.at, 0, out, inputRows, 0] as const),
          ),
      ]
    },
  }
}

function byAdding(
  { kernel, parameters }: ConvolutionBlock,
  weights: ParameterPlace,
  { arena, examples, inputGrid: { channels, outerWidth } }: Wiring,
  inputGradient: Slot,
  { pixels, sourceRows }: ConvolutionTables,
): WayBack {
  const { units, depth } = parameters[0]!
  const gradientRows = evenRows(arena, examples * pixels, 4 * units)
  const unitTaps = evenRows(arena, units, 4)
  /** Columns that are written at once: a whole kernel row where each panel of eight lies within one tap. */
  const columns = channels % 8 === 0 ? kernel * channels : channels
  const segments = Array.from({ length: depth / columns }, (_, i) => {
    const tap = i * columns
    const [row, column] = [Math.floor(tap / (kernel * channels)), tap % (kernel * channels)]
    const panels = panelsOf(arena, columns, units)
    return { from: weights.values + 4 * tap, panels, to: 4 * (row * outerWidth * channels + column) }
  })
  return {
    prepare: (kernels) =>
      segments.map(
        ({ from, panels }) =>
          () =>
            kernels.packColumns(units, columns, from, 4 * depth, panels.at, panels.stride),
      ),
    backward(kernels, first, count, g) {
      const out = inputGradient.at(first)
      return [
        () => kernels.zero(out, count * inputGradient.stride),
        ...segments.map(
          ({ panels, to }) =>
            () =>
              kernels.gemm(
                ...([count * pixels, units, columns, g, gradientRows, unitTaps] as const),
                ...([panels.at, 0, out + to, sourceRows, 1] as const),
              ),
        ),
      ]
    },
  }
}
