/**
 * Dense layers on the positions of a sequence. Their gradients are dense too, so the way back is two plain products.
 * @module
 */
import type { ProjectionBlock } from './blocks.ts'
import { pixelsOf } from './grid.ts'
import { activationCodes } from './kernels.ts'
import {
  type Call,
  evenRows,
  innerGradients,
  type ParameterPlace,
  panelsOf,
  pixelRows,
  type Stage,
  type Wiring,
} from './stage.ts'

export function projectionStage(
  block: ProjectionBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, inputGrid, output, outputGrid, training } = wiring
  const { units, depth } = block.parameters[0]!
  const code = activationCodes[block.activation]
  const positions = pixelsOf(block.input)
  const panels = panelsOf(arena, units, depth)
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const taps = evenRows(arena, Math.max(depth, units), 4)
  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, weights.values, 4 * depth, panels.at)],
    forward(kernels, first, count) {
      const [from, to, rows] = [input.at(first), output.at(first), count * positions]
      const { at, step, stride } = panels
      const product = () =>
        kernels.gemm(
          ...([rows, depth, units, from, inputRows, taps] as const),
          ...([at, step, stride, bias.values, to, outputRows, 0] as const),
        )
      if (code === activationCodes.linear) return [product]
      return [product, () => kernels.activate(rows, units, code, to, outputRows)]
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient } = training
  const inner = innerGradients(wiring, training, code)
  const weightRows = evenRows(arena, units, 4 * depth)
  const gradientRows = evenRows(arena, examples * positions, 4 * units)
  return {
    ...forwardOnly,
    backward(kernels, first, count) {
      const [x, g, rows] = [input.at(first), inner.at(first), count * positions]
      const again = first > 0 ? 1 : 0
      const calls: Call[] = [
        ...inner.calls(kernels, first, count),
        () => kernels.columnSums(rows, units, g, bias.gradients, again),
        // gᵀ x: a unit's gradients are a column of g.
        () =>
          kernels.gemm(
            ...([units, rows, depth, g, taps, gradientRows] as const),
            ...([x, 4 * depth, 32, 0, weights.gradients, weightRows, again] as const),
          ),
      ]
      if (inputGradient) {
        const out = inputGradient.at(first)
        calls.push(() =>
          kernels.gemm(
            ...([rows, units, depth, g, gradientRows, taps] as const),
            ...([weights.values, 4 * depth, 32, 0, out, inputRows, 0] as const),
          ),
        )
      }
      return calls
    },
  }
}
