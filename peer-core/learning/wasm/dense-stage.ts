/**
 * Dense layers. Forwards one product of the whole batch; backwards two combinations of rows, over the gradients that are
 * not zero.
 * @module
 */
import type { DenseBlock } from './blocks.ts'
import { activationCodes } from './kernels.ts'
import { type Call, listsOf, type ParameterPlaces, panelsOf, type Stage, type Wiring } from './stage.ts'

export function denseStage(block: DenseBlock, places: ParameterPlaces, wiring: Wiring): Stage {
  const { arena, examples, input, output, training } = wiring
  const { units, depth } = block.parameters
  const code = activationCodes[block.activation]
  const panels = panelsOf(arena, units, depth)
  const inputRows = arena.table(examples, (i) => i * input.stride)
  const outputRows = arena.table(examples, (i) => i * output.stride)
  const taps = arena.table(depth, (k) => 4 * k)
  const forwardOnly: Stage = {
    prepare: (kernels) => [() => kernels.packPanels(units, depth, places.weights, panels)],
    forward(kernels, first, count) {
      const [from, to] = [input.at(first), output.at(first)]
      const product = () =>
        kernels.gemm(count, depth, units, from, inputRows, taps, panels, places.bias, to, outputRows)
      if (code === activationCodes.linear) return [product]
      return [product, () => kernels.activate(count, units, code, to, outputRows)]
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient, outputGradient } = training
  const weightRows = arena.table(units, (unit) => 4 * depth * unit)
  const byUnit = listsOf(arena, units, examples)
  const byExample = inputGradient && listsOf(arena, examples, units)
  return {
    ...forwardOnly,
    backward(kernels, first, count) {
      const [x, y, g] = [input.at(first), output.at(first), outputGradient.at(first)]
      const again = first > 0 ? 1 : 0
      const { weights, weightGradients, biasGradients } = places
      const calls: Call[] = []
      if (code !== activationCodes.linear) {
        calls.push(() => kernels.activationGradients(count, units, code, y, g, outputRows, g))
      }
      {
        const { at, capacity, counts } = byUnit
        const out = weightGradients
        calls.push(
          () => kernels.unitLists(count, units, g, 0, 1, x, inputRows, at, capacity, counts, biasGradients, again),
          () => kernels.combine(units, at, capacity, counts, 1, 0, 0, depth, out, weightRows, again),
        )
      }
      if (inputGradient && byExample) {
        const { at, capacity, counts } = byExample
        const out = inputGradient.at(first)
        calls.push(
          () => kernels.rowLists(count, units, g, 0, 1, weights, 4 * depth, at, capacity, counts),
          () => kernels.combine(count, at, capacity, counts, 1, 0, 0, depth, out, inputRows, 0),
        )
      }
      return calls
    },
  }
}
