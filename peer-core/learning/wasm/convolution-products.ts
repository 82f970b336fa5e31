/**
 * The way back through a convolution whose gradients are dense, because what stands behind it is neither a ReLU nor a
 * max-pool but a norm, say: two plain products, where lists would have an entry for every value.
 *
 * Both read the tables of the way there. The weights' gradient `xᵀ g` has a row for each tap and the output pixels as its
 * depth, some at a time so that they stay in the first cache; it grows as `[depth][units]` over the batch and is turned once.
 * The input's gradient is a product with the weights of each kernel row (of each tap, where a panel would span two) that adds
 * to the pixels below: no two rows of a call write the same place.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import type { Address, Kernels } from './kernels.ts'
import { type Call, evenRows, type ParameterPlace, type TrainingWiring, type Wiring } from './stage.ts'

/** Of gradients, as many as half a first cache holds. */
const chunkBytes = 16 * 1024

/** Tables of the way there. */
export interface ConvolutionTables {
  /** Output pixels of an example. */
  readonly pixels: number
  /** For each output pixel, its window's corner in the input. */
  readonly sourceRows: Address
  /** For each tap, its place from that corner. */
  readonly taps: Address
}

/** @returns the calls for some examples whose gradients, by what went into the activation, are in rows at `g` */
export function convolutionProducts(
  block: ConvolutionBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  { arena, batch, examples, input, inputGrid }: Wiring,
  { inputGradient }: TrainingWiring,
  { pixels, sourceRows, taps }: ConvolutionTables,
) {
  const { kernel } = block
  const { units, depth } = block.parameters[0]!
  const { channels, outerWidth } = inputGrid
  const [gradientRow, weightRow] = [4 * units, 4 * depth]
  const turned = arena.floats(depth * units)
  const turnedRows = evenRows(arena, depth, gradientRow)
  const gradientRows = evenRows(arena, examples * pixels, gradientRow)
  const unitTaps = evenRows(arena, units, 4)
  const chunk = Math.max(16, Math.floor(chunkBytes / gradientRow))

  const weightCalls = (kernels: Kernels, first: number, count: number, g: Address): Call[] => {
    const [x, all] = [input.at(first), count * pixels]
    const calls: Call[] = [() => kernels.columnSums(all, units, g, bias.gradients, first > 0 ? 1 : 0)]
    for (let at = 0; at < all; at += chunk) {
      const [some, again] = [Math.min(chunk, all - at), first + at > 0 ? 1 : 0]
      calls.push(() =>
        kernels.gemm(
          ...([depth, some, units, x, taps, sourceRows + 4 * at] as const),
          ...([g + at * gradientRow, gradientRow, 32, 0, turned, turnedRows, again] as const),
        ),
      )
    }
    if (first + count === batch) calls.push(() => kernels.transpose(depth, units, turned, weights.gradients))
    return calls
  }

  /** Columns that are written at once: a whole kernel row where each panel of eight lies within one tap. */
  const wide = channels % 8 === 0
  const columns = wide ? kernel * channels : channels
  const segments = Array.from({ length: depth / columns }, (_, i) => {
    const tap = i * columns
    const [row, column] = [Math.floor(tap / (kernel * channels)), tap % (kernel * channels)]
    return { from: 4 * tap, to: 4 * (row * outerWidth * channels + column) }
  })
  const inputCalls = (kernels: Kernels, first: number, count: number, g: Address): Call[] => {
    if (inputGradient === undefined) return []
    const out = inputGradient.at(first)
    return [
      () => kernels.zero(out, count * inputGradient.stride),
      ...segments.map(
        ({ from, to }) =>
          () =>
            kernels.gemm(
              ...([count * pixels, units, columns, g, gradientRows, unitTaps] as const),
              ...([weights.values + from, weightRow, 32, 0, out + to, sourceRows, 1] as const),
            ),
      ),
    ]
  }

  return (kernels: Kernels, first: number, count: number, g: Address): Call[] => [
    ...weightCalls(kernels, first, count, g),
    ...inputCalls(kernels, first, count, g),
  ]
}
