/**
 * Dense layers on the positions of a sequence. Their gradients are dense too, so the way back is two plain products.
 * @module
 */
import type { ProjectionBlock } from './blocks.ts'
import { pixelsOf } from './grid.ts'
import { activationCodes } from './kernels.ts'
import {
  type Call,
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
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { units, depth } = block.parameters[0]!
  const code = activationCodes[block.activation]
  const positions = pixelsOf(block.input)
  const panels = panelsOf(arena, units, depth)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  /** bytes from a position to the next: a sequence has no border */
  const [step, outStep] = [4 * depth, 4 * units]
  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, weights.values, step, panels.at)],
    forward(kernels, first, count) {
      const [from, to, rows] = [input.at(first), output.at(first), count * positions]
      const product = () =>
        kernels.evenGemm(
          ...([rows, depth, units, from, step, 4] as const),
          ...([panels.at, panels.step, panels.stride, bias.values, to, outStep, 0] as const),
        )
      if (code === activationCodes.linear) return [product]
      return [product, () => kernels.activate(rows, units, code, to, outputRows)]
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient } = training
  const inner = innerGradients(wiring, training, code)
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
          kernels.evenGemm(
            ...([units, rows, depth, g, 4, outStep] as const),
            ...([x, step, 32, 0, weights.gradients, step, again] as const),
          ),
      ]
      if (inputGradient) {
        const out = inputGradient.at(first)
        calls.push(() =>
          kernels.evenGemm(
            ...([rows, units, depth, g, outStep, 4] as const),
            ...([weights.values, step, 32, 0, out, step, 0] as const),
          ),
        )
      }
      return calls
    },
  }
}
