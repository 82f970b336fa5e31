/**
 * Convolutions, with the max-pool behind them. No im2col: an output pixel's input window is rows of pixels, each contiguous
 * in memory, and tables say where.
 *
 * Output pixels are numbered by windows of the pool: those of the first window, those of the second, … so pooling takes the
 * maximum of consecutive rows.
 * @module
 */
import { type ConvolutionBlock, hasBorder, pixelAt } from './blocks.ts'
import { activationCodes } from './kernels.ts'
import { type Call, groupSlot, listsOf, type ParameterPlaces, panelsOf, type Stage, type Wiring } from './stage.ts'

export function convolutionStage(block: ConvolutionBlock, places: ParameterPlaces, wiring: Wiring): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { input: grid, kernel, stride, window, height, width } = block
  const { units, depth } = block.parameters
  const code = activationCodes[block.activation]
  const positions = window * window
  const windows = height * width
  const pixels = windows * positions
  const panels = panelsOf(arena, units, depth)
  /** Values of one row of the kernel, and from one row of the input to the next. */
  const kernelRow = kernel * grid.channels
  const inputRow = grid.outerWidth * grid.channels

  const sourceRows = arena.table(examples * pixels, (i) => {
    const [y, x] = pixelOf(block, i % pixels)
    return Math.floor(i / pixels) * input.stride + 4 * stride * (y * inputRow + x * grid.channels)
  })
  const taps = arena.table(depth, (k) => 4 * (Math.floor(k / kernelRow) * inputRow + (k % kernelRow)))
  const outputRows = arena.table(examples * windows, (i) => {
    const w = i % windows
    return Math.floor(i / windows) * output.stride + 4 * pixelAt(outputGrid, Math.floor(w / width), w % width)
  })
  const unpooled =
    window === 1
      ? undefined
      : {
          sums: groupSlot(arena, examples, pixels * units),
          rows: arena.table(examples * pixels, (i) => 4 * units * i),
          winners: arena.bytes((training ? wiring.batch : examples) * windows * units),
        }
  const winnersAt = (first: number) => (unpooled ? unpooled.winners + (training ? first * windows * units : 0) : 0)

  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, places.weights, panels)],
    forward(kernels, first, count) {
      const [from, to, winners] = [input.at(first), output.at(first), winnersAt(first)]
      const [sums, rows] = unpooled ? [unpooled.sums.at(first), unpooled.rows] : [to, outputRows]
      const calls: Call[] = [
        () => kernels.gemm(count * pixels, depth, units, from, sourceRows, taps, panels, places.bias, sums, rows),
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

  const { inputGradient, outputGradient } = training
  const weightRows = arena.table(units, (unit) => 4 * depth * unit)
  const packed = hasBorder(outputGrid) ? groupSlot(arena, examples, windows * units) : outputGradient
  const byUnit = listsOf(arena, units, examples * windows)
  const byPixel = inputGradient && listsOf(arena, examples * pixels, units)
  return {
    ...forwardOnly,
    backward(kernels, first, count) {
      const [x, y, winners] = [input.at(first), output.at(first), winnersAt(first)]
      const [outer, g] = [outputGradient.at(first), packed.at(first)]
      const again = first > 0 ? 1 : 0
      const { weights, weightGradients, biasGradients } = places
      const rows = count * windows
      const calls: Call[] = []
      if (code !== activationCodes.linear || g !== outer) {
        calls.push(() => kernels.activationGradients(rows, units, code, y, outer, outputRows, g))
      }
      {
        const { at, capacity, counts } = byUnit
        const [from, to, out, biases] = [4 * inputRow, 4 * kernelRow, weightGradients, biasGradients]
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
          () => kernels.rowLists(rows, units, g, winners, positions, weights, 4 * depth, at, capacity, counts),
          () => kernels.combine(all, at, capacity, counts, kernel, from, to, kernelRow, out, sourceRows, 1),
        )
      }
      return calls
    },
  }
}

/** Row and column of an output pixel. */
function pixelOf({ window, width }: ConvolutionBlock, pixel: number): readonly [number, number] {
  const positions = window * window
  const [w, p] = [Math.floor(pixel / positions), pixel % positions]
  return [Math.floor(w / width) * window + Math.floor(p / window), (w % width) * window + (p % window)]
}
