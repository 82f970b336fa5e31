/**
 * Convolutions, with the max-pool behind them: a product over tables (convolution-tables.ts), then the pool, or both at once
 * where the product is short.
 * @module
 */
import type { ConvolutionBlock } from './blocks.ts'
import { convolutionLists } from './convolution-lists.ts'
import { convolutionProducts } from './convolution-products.ts'
import { convolutionTables } from './convolution-tables.ts'
import { pixelsOf } from './grid.ts'
import { type Address, activationCodes, type Kernels } from './kernels.ts'
import {
  type Call,
  evenRows,
  groupSlot,
  innerGradients,
  type ParameterPlace,
  panelsOf,
  pixelRows,
  type Stage,
  type Wiring,
} from './stage.ts'

/** Up to this depth a product is the quicker for keeping its sums in registers until the pool has chosen. */
const shortDepth = 32

export function convolutionStage(
  block: ConvolutionBlock,
  parameters: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const [weights, bias] = parameters
  const { window } = block
  const { units, depth } = block.parameters[0]!
  const code = activationCodes[block.activation]
  const windows = pixelsOf(block.output)
  const panels = panelsOf(arena, units, depth).at
  const tables = convolutionTables(block, wiring)
  const { pixels, sourceRows, taps } = tables
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const winners = window === 1 ? 0 : arena.bytes((training ? wiring.batch : examples) * windows * units)
  const winnersAt = (first: number) => (training ? winners + first * windows * units : winners)
  const short = window === 2 && units % 8 === 0 && depth <= shortDepth
  const relu = code === activationCodes.relu

  const product = (kernels: Kernels, first: number, count: number, out: Address, outRows: Address) => () =>
    kernels.gemm(
      ...([count * pixels, depth, units, input.at(first), sourceRows, taps] as const),
      ...([panels, bias.values, out, outRows, 0] as const),
    )
  /** Sums before the pool lie in a room of their own. */
  const pooled = (): ((kernels: Kernels, first: number, count: number) => Call[]) => {
    const sums = groupSlot(arena, examples, pixels * units)
    const sumRows = evenRows(arena, examples * pixels, 4 * units)
    return (kernels, first, count) => {
      const [at, to, won] = [sums.at(first), output.at(first), winnersAt(first)]
      return [
        product(kernels, first, count, at, sumRows),
        () => kernels.maxPool(count * windows, window * window, units, at, sumRows, to, outputRows, won),
      ]
    }
  }
  const pooledAtOnce = (kernels: Kernels, first: number, count: number): Call[] => {
    const [from, to, won] = [input.at(first), output.at(first), winnersAt(first)]
    return [
      () =>
        kernels.pooledGemm(
          ...([count * windows, depth, units, from, sourceRows, taps] as const),
          ...([panels, bias.values, relu ? 1 : 0, to, outputRows, won] as const),
        ),
    ]
  }
  const plain = (kernels: Kernels, first: number, count: number): Call[] => [
    product(kernels, first, count, output.at(first), outputRows),
  ]
  const sum = window === 1 ? plain : short ? pooledAtOnce : pooled()
  const activates = code !== activationCodes.linear && !(short && relu)
  const prepare = (kernels: Kernels): Call[] => [
    () => kernels.packPanels(units, depth, weights.values, 4 * depth, panels),
  ]
  const forward = (kernels: Kernels, first: number, count: number): Call[] => {
    const calls = sum(kernels, first, count)
    const to = output.at(first)
    if (activates) calls.push(() => kernels.activate(count * windows, units, code, to, outputRows))
    return calls
  }
  if (training === undefined) return { prepare, forward, backward: () => [] }

  const inner = innerGradients(wiring, training, code)
  const back =
    window === 1
      ? convolutionProducts(block, parameters, wiring, training, tables)
      : convolutionLists(block, parameters, wiring, training, tables, winnersAt)
  return {
    prepare: (kernels) => [...prepare(kernels), ...back.prepare(kernels)],
    forward,
    backward: (kernels, first, count) => [
      ...inner.calls(kernels, first, count),
      ...back.backward(kernels, first, count, inner.at(first)),
    ],
  }
}
