/**
 * The way back through a convolution and the max-pool behind it, which passes on one gradient of a window: lists of what is not
 * zero (assembly/lists.ts), one for each filter, serve the weights' gradient and the input's.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import type { ConvolutionTables } from './convolution-tables.ts'
import { pixelsOf } from './grid.ts'
import type { Address, Kernels } from './kernels.ts'
import {
  type Call,
  evenRows,
  listsOf,
  type ParameterPlace,
  type TrainingWiring,
  type WayBack,
  type Wiring,
} from './stage.ts'

/** @param winnersAt - for each window and filter, which of the window's pixels had the maximum */
export function convolutionLists(
  block: ConvolutionBlock,
  parameters: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
  training: TrainingWiring,
  tables: ConvolutionTables,
  winnersAt: (first: number) => Address,
): WayBack {
  const { arena, examples, input } = wiring
  const [weights, bias] = parameters
  const { units, depth } = block.parameters[0]!
  const { inputGradient } = training
  const { kernelRow, inputRow, sourceRows } = tables
  const windows = pixelsOf(block.output)
  const positions = block.window ** 2
  // Of one channel's image, and where nobody asks for the input's gradient, lists would take longer than what they save.
  if (block.kernel === 3 && kernelRow <= 4 && units % 4 === 0 && !inputGradient) {
    return {
      prepare: () => [],
      backward(kernels, first, count, g) {
        const [x, won, rows, again] = [input.at(first), winnersAt(first), count * windows, first > 0 ? 1 : 0]
        return [
          () => kernels.columnSums(rows, units, g, bias.gradients, again),
          () =>
            kernels.lineGradients(
              ...([rows, units, g, won, positions, x, sourceRows, 4 * inputRow] as const),
              ...([kernelRow, weights.gradients, again] as const),
            ),
        ]
      },
    }
  }
  const weightRows = evenRows(arena, units, 4 * depth)
  const { at, capacity, counts } = listsOf(arena, units, examples * windows)
  const [sourceStep, weightStep] = [4 * inputRow, 4 * kernelRow]

  const weightCalls = (kernels: Kernels, first: number, count: number, g: Address): Call[] => {
    const [x, won, rows, again] = [input.at(first), winnersAt(first), count * windows, first > 0 ? 1 : 0]
    return [
      () =>
        kernels.unitLists(
          ...([rows, units, g, won, positions, x, sourceRows] as const),
          ...([at, capacity, counts, bias.gradients, again] as const),
        ),
      () =>
        kernels.combine(
          ...([units, at, capacity, counts, block.kernel, sourceStep, weightStep, kernelRow] as const),
          ...([weights.gradients, weightRows, again] as const),
        ),
    ]
  }
  const inputCalls = (kernels: Kernels, first: number, count: number): Call[] => {
    if (inputGradient === undefined) return []
    const [x, out] = [input.at(first), inputGradient.at(first)]
    return [
      () => kernels.zero(out, count * inputGradient.stride),
      () =>
        kernels.spread(
          ...([units, at, capacity, counts, out - x] as const),
          ...([block.kernel, sourceStep, weightStep, kernelRow, weights.values, 4 * depth] as const),
        ),
    ]
  }
  return {
    prepare: () => [],
    backward: (kernels, first, count, g) => [
      ...weightCalls(kernels, first, count, g),
      ...inputCalls(kernels, first, count),
    ],
  }
}
