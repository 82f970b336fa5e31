/** Depthwise convolutions: each channel by a filter of its own, vectors of channels at a time. @module */
import type { DepthwiseBlock } from './blocks.ts'
import { pixelAt, pixelsOf } from './grid.ts'
import { activationCodes } from './kernels.ts'
import { type Call, innerGradients, type ParameterPlace, pixelRows, type Stage, type Wiring } from './stage.ts'

export function depthwiseStage(
  block: DepthwiseBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, inputGrid: grid, output, outputGrid, training } = wiring
  const { kernel, stride } = block
  const { channels, width } = block.output
  const pixels = pixelsOf(block.output)
  const tapCount = kernel * kernel
  const code = activationCodes[block.activation]
  const sourceRows = arena.table(examples * pixels, (i) => {
    const pixel = i % pixels
    const [y, x] = [stride * Math.floor(pixel / width), stride * (pixel % width)]
    const corner = pixelAt(grid, y - block.input.top, x - block.input.left)
    return Math.floor(i / pixels) * input.stride + 4 * corner
  })
  const taps = arena.table(tapCount, (tap) => {
    return 4 * grid.channels * (Math.floor(tap / kernel) * grid.outerWidth + (tap % kernel))
  })
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const forward: Stage['forward'] = (kernels, first, count) => {
    const [from, to, rows] = [input.at(first), output.at(first), count * pixels]
    const sums = () =>
      kernels.depthwise(
        ...([rows, channels, tapCount, from, sourceRows, taps] as const),
        ...([weights.values, bias.values, to, outputRows] as const),
      )
    if (code === activationCodes.linear) return [sums]
    return [sums, () => kernels.activate(rows, channels, code, to, outputRows)]
  }
  if (training === undefined) return { prepare: () => [], forward, backward: () => [] }

  const { inputGradient } = training
  const inner = innerGradients(wiring, training, code)
  return {
    prepare: () => [],
    forward,
    backward(kernels, first, count) {
      const [x, g, rows] = [input.at(first), inner.at(first), count * pixels]
      const again = first > 0 ? 1 : 0
      const calls: Call[] = [
        ...inner.calls(kernels, first, count),
        () => kernels.columnSums(rows, channels, g, bias.gradients, again),
        () =>
          kernels.depthwiseFilterGradients(
            ...([rows, channels, tapCount, x, sourceRows, taps, g, weights.gradients, again] as const),
          ),
      ]
      if (inputGradient) {
        const into = inputGradient.at(first)
        calls.push(
          () => kernels.zero(into, count * inputGradient.stride),
          () =>
            kernels.depthwiseInputGradients(
              ...([rows, channels, tapCount, into, sourceRows, taps, g, weights.values] as const),
            ),
        )
      }
      return calls
    },
  }
}
