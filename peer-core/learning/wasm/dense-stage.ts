/**
 * Dense layers on vectors. Forwards one product of the whole batch; backwards two combinations of rows, over the gradients
 * that are not zero.
 * @module
 */
import type { DenseBlock } from './blocks.ts'
import { activationCodes } from './kernels.ts'
import {
  type Call,
  evenRows,
  innerGradients,
  listsOf,
  type ParameterPlace,
  panelsOf,
  type Stage,
  type Wiring,
} from './stage.ts'

export function denseStage(
  block: DenseBlock,
  [weights, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, output, training } = wiring
  const { units, depth } = block.parameters[0]!
  const code = activationCodes[block.activation]
  const panels = panelsOf(arena, units, depth)
  const inputRows = evenRows(arena, examples, input.stride)
  const outputRows = evenRows(arena, examples, output.stride)
  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, weights.values, 4 * depth, panels.at)],
    forward(kernels, first, count) {
      const [from, to] = [input.at(first), output.at(first)]
      const { at, step, stride } = panels
      const product = () =>
        kernels.evenGemm(
          ...([count, depth, units, from, input.stride, 4] as const),
          ...([at, step, stride, bias.values, to, output.stride, 0] as const),
        )
      if (code === activationCodes.linear) return [product]
      return [product, () => kernels.activate(count, units, code, to, outputRows)]
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient } = training
  const inner = innerGradients(wiring, training, code)
  const weightRows = evenRows(arena, units, 4 * depth)
  const byUnit = listsOf(arena, units, examples)
  const byExample = inputGradient && listsOf(arena, examples, units)
  return {
    ...forwardOnly,
    backward(kernels, first, count) {
      const [x, g] = [input.at(first), inner.at(first)]
      const again = first > 0 ? 1 : 0
      const calls: Call[] = inner.calls(kernels, first, count)
      {
        const { at, capacity, counts } = byUnit
        const out = weights.gradients
        calls.push(
          () => kernels.unitLists(count, units, g, 0, 1, x, inputRows, at, capacity, counts, bias.gradients, again),
          () => kernels.combine(units, at, capacity, counts, 1, 0, 0, depth, out, weightRows, again),
        )
      }
      if (inputGradient && byExample) {
        const { at, capacity, counts } = byExample
        const out = inputGradient.at(first)
        calls.push(
          () => kernels.rowLists(count, units, g, weights.values, 4 * depth, at, capacity, counts),
          () => kernels.combine(count, at, capacity, counts, 1, 0, 0, depth, out, inputRows, 0),
        )
      }
      return calls
    },
  }
}
