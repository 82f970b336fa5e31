/**
 * Where a convolution reads: no im2col, an output pixel's input window is rows of pixels, each contiguous in memory, and
 * tables say where.
 *
 * Output pixels are numbered by windows of the pool: those of the first window, those of the second, … so pooling takes the
 * maximum of consecutive rows.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import { pixelAt, pixelsOf } from './grid.ts'
import type { Address } from './kernels.ts'
import type { Wiring } from './stage.ts'

export interface ConvolutionTables {
  /** Output pixels of an example, before the pool. */
  readonly pixels: number
  /** For each output pixel, its window's corner in the input. */
  readonly sourceRows: Address
  /** For each tap, its place from that corner. */
  readonly taps: Address
  /** Values of one row of the kernel. */
  readonly kernelRow: number
  /** Values from one row of the input to the next. */
  readonly inputRow: number
}

export function convolutionTables(
  block: ConvolutionBlock,
  { arena, examples, input, inputGrid }: Wiring,
): ConvolutionTables {
  const { kernel, stride, window } = block
  const pixels = pixelsOf(block.output) * window * window
  const kernelRow = kernel * inputGrid.channels
  const inputRow = inputGrid.outerWidth * inputGrid.channels
  return {
    pixels,
    kernelRow,
    inputRow,
    sourceRows: arena.table(examples * pixels, (i) => {
      const [y, x] = pixelOf(block, i % pixels)
      const corner = pixelAt(inputGrid, stride * y - block.input.top, stride * x - block.input.left)
      return Math.floor(i / pixels) * input.stride + 4 * corner
    }),
    taps: arena.table(block.parameters[0]!.depth, (k) => 4 * (Math.floor(k / kernelRow) * inputRow + (k % kernelRow))),
  }
}

/** Row and column of an output pixel. */
function pixelOf({ window, output: { width } }: ConvolutionBlock, pixel: number): readonly [number, number] {
  const positions = window * window
  const [w, p] = [Math.floor(pixel / positions), pixel % positions]
  return [Math.floor(w / width) * window + Math.floor(p / window), (w % width) * window + (p % window)]
}
