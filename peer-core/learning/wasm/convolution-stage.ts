/**
 * Convolutions, with the max-pool behind them. No im2col: an output pixel's input window is rows of pixels, each contiguous
 * in memory, and tables say where.
 *
 * Output pixels are numbered by windows of the pool: those of the first window, those of the second, … so pooling takes the
 * maximum of consecutive rows.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import { convolutionProducts } from './convolution-products.ts'
import { pixelAt, pixelsOf } from './grid.ts'
import { activationCodes } from './kernels.ts'
import {
  type Call,
  evenRows,
  groupSlot,
  innerGradients,
  listsOf,
  type ParameterPlace,
  panelsOf,
  pixelRows,
  type Stage,
  type Wiring,
} from './stage.ts'

export function convolutionStage(
  block: ConvolutionBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, inputGrid: grid, output, outputGrid, training } = wiring
  const { kernel, stride, window } = block
  const { units, depth } = block.parameters[0]!
  const code = activationCodes[block.activation]
  const positions = window * window
  const windows = pixelsOf(block.output)
  const pixels = windows * positions
  const panels = panelsOf(arena, units, depth)
  /** Values of one row of the kernel, and from one row of the input to the next. */
  const kernelRow = kernel * grid.channels
  const inputRow = grid.outerWidth * grid.channels

  const sourceRows = arena.table(examples * pixels, (i) => {
    const [y, x] = pixelOf(block, i % pixels)
    const corner = pixelAt(grid, stride * y - block.input.top, stride * x - block.input.left)
    return Math.floor(i / pixels) * input.stride + 4 * corner
  })
  const taps = arena.table(depth, (k) => 4 * (Math.floor(k / kernelRow) * inputRow + (k % kernelRow)))
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const unpooled =
    window === 1
      ? undefined
      : {
          sums: groupSlot(arena, examples, pixels * units),
          rows: evenRows(arena, examples * pixels, 4 * units),
          winners: arena.bytes((training ? wiring.batch : examples) * windows * units),
        }
  const winnersAt = (first: number) => (unpooled ? unpooled.winners + (training ? first * windows * units : 0) : 0)

  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, weights.values, 4 * depth, panels.at)],
    forward(kernels, first, count) {
      const [from, to, winners] = [input.at(first), output.at(first), winnersAt(first)]
      const [sums, rows] = unpooled ? [unpooled.sums.at(first), unpooled.rows] : [to, outputRows]
      const { at, step, stride: panelStride } = panels
      const calls: Call[] = [
        () =>
          kernels.gemm(
            ...([count * pixels, depth, units, from, sourceRows, taps] as const),
            ...([at, step, panelStride, bias.values, sums, rows, 0] as const),
          ),
      ]
      if (unpooled) {
        calls.push(() => kernels.maxPool(count * windows, positions, units, sums, rows, to, outputRows, winners))
      }
      if (code !== activationCodes.linear) {
        calls.push(() => kernels.activate(count * windows, units, code, to, outputRows))
      }
      return calls
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient } = training
  const inner = innerGradients(wiring, training, code)
  if (window === 1 && code !== activationCodes.relu) {
    const products = convolutionProducts(block, [weights, bias], wiring, training, { pixels, sourceRows, taps })
    return {
      ...forwardOnly,
      backward: (kernels, first, count) => [
        ...inner.calls(kernels, first, count),
        ...products(kernels, first, count, inner.at(first)),
      ],
    }
  }
  const weightRows = evenRows(arena, units, 4 * depth)
  const byUnit = listsOf(arena, units, examples * windows)
  const byPixel = inputGradient && listsOf(arena, examples * pixels, units)
  return {
    ...forwardOnly,
    backward(kernels, first, count) {
      const [x, g, winners] = [input.at(first), inner.at(first), winnersAt(first)]
      const again = first > 0 ? 1 : 0
      const rows = count * windows
      const calls: Call[] = inner.calls(kernels, first, count)
      {
        const { at, capacity, counts } = byUnit
        const [from, to, out, biases] = [4 * inputRow, 4 * kernelRow, weights.gradients, bias.gradients]
        calls.push(
          () =>
            kernels.unitLists(rows, units, g, winners, positions, x, sourceRows, at, capacity, counts, biases, again),
          () => kernels.combine(units, at, capacity, counts, kernel, from, to, kernelRow, out, weightRows, again),
        )
      }
      if (inputGradient && byPixel) {
        const { at, capacity, counts } = byPixel
        const [from, to, out] = [4 * kernelRow, 4 * inputRow, inputGradient.at(first)]
        const all = count * pixels
        calls.push(
          () => kernels.zero(out, count * inputGradient.stride),
          () => kernels.rowLists(rows, units, g, winners, positions, weights.values, 4 * depth, at, capacity, counts),
          () => kernels.combine(all, at, capacity, counts, kernel, from, to, kernelRow, out, sourceRows, 1),
        )
      }
      return calls
    },
  }
}

/** Row and column of an output pixel. */
function pixelOf({ window, output: { width } }: ConvolutionBlock, pixel: number): readonly [number, number] {
  const positions = window * window
  const [w, p] = [Math.floor(pixel / positions), pixel % positions]
  return [Math.floor(w / width) * window + Math.floor(p / window), (w % width) * window + (p % window)]
}
