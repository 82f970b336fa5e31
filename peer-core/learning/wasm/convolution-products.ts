/**
 * The way back through a convolution without a max-pool: plain products. Lists of what is not zero (convolution-lists.ts)
 * gain nothing there, also behind a ReLU, which leaves half of the gradients.
 *
 * The weights' gradient `xᵀ g` reads the tables of the way there. It has a row for each tap and the output pixels as its depth,
 * some at a time so that they stay in the first cache; it grows as `[depth][units]` over the batch and is turned once.
 * The input's is convolution-input-gradient.ts.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import { convolutionInputGradient } from './convolution-input-gradient.ts'
import type { ConvolutionTables } from './convolution-tables.ts'
import type { Address, Kernels } from './kernels.ts'
import {
  type Call,
  evenRows,
  type ParameterPlace,
  panelsOf,
  type TrainingWiring,
  type WayBack,
  type Wiring,
} from './stage.ts'

/** Of gradients, as many as half a first cache holds. */
const chunkBytes = 16 * 1024

export function convolutionProducts(
  block: ConvolutionBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
  training: TrainingWiring,
  tables: ConvolutionTables,
): WayBack {
  const { arena, batch, input } = wiring
  const { pixels, sourceRows, taps } = tables
  const { units, depth } = block.parameters[0]!
  const gradientRow = 4 * units
  const turned = arena.floats(depth * units)
  const turnedRows = evenRows(arena, depth, gradientRow)
  const chunk = Math.max(16, Math.floor(chunkBytes / gradientRow))
  const panels = panelsOf(arena, units, chunk).at
  const inputGradient =
    training.inputGradient && convolutionInputGradient(block, weights, wiring, training.inputGradient, tables)

  const weightCalls = (kernels: Kernels, first: number, count: number, g: Address): Call[] => {
    const [x, all] = [input.at(first), count * pixels]
    const calls: Call[] = [() => kernels.columnSums(all, units, g, bias.gradients, first > 0 ? 1 : 0)]
    for (let at = 0; at < all; at += chunk) {
      const [some, again] = [Math.min(chunk, all - at), first + at > 0 ? 1 : 0]
      calls.push(
        () => kernels.packColumns(some, units, g + at * gradientRow, gradientRow, panels, 32 * some),
        () =>
          kernels.gemm(
            ...([depth, some, units, x, taps, sourceRows + 4 * at] as const),
            ...([panels, 0, turned, turnedRows, again] as const),
          ),
      )
    }
    if (first + count === batch) calls.push(() => kernels.transpose(depth, units, turned, weights.gradients))
    return calls
  }
  return {
    prepare: (kernels) => inputGradient?.prepare(kernels) ?? [],
    backward: (kernels, first, count, g) => [
      ...weightCalls(kernels, first, count, g),
      ...(inputGradient?.backward(kernels, first, count, g) ?? []),
    ],
  }
}
