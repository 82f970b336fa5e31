/** `layers(x) + shortcut(x)`: two chains of stages between one input and one output. @module */
import { type Grid, gridSize, pixelsOf } from './grid.ts'
import { type Call, groupSlot, pixelRows, type Slot, type Stage, type Wiring } from './stage.ts'

/** Lays a chain of stages between two ends. */
export type PlanBranch = (ends: Wiring) => readonly Stage[]

/** @param branches - of layers and of the shortcut; a branch without stages gives its input */
export function residualStage(
  [planLayers, planShortcut]: readonly [PlanBranch | undefined, PlanBranch | undefined],
  wiring: Wiring,
): Stage {
  const { output, outputGrid, training } = wiring
  const layers = branchOf(planLayers, wiring, output, training?.outputGradient, training?.inputGradient)
  const beside = outerSlots(wiring)
  const shortcut = branchOf(planShortcut, wiring, beside.output, beside.outputGradient, beside.inputGradient)
  const { arena, examples, input, inputGrid } = wiring
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const rowsOf = (grid: Grid, count: number) => [count * pixelsOf(grid), grid.channels] as const
  return {
    prepare: (kernels) => [...layers.prepare(kernels), ...shortcut.prepare(kernels)],
    forward(kernels, first, count) {
      const [from, to] = [beside.output.at(first), output.at(first)]
      return [
        ...layers.forward(kernels, first, count),
        ...shortcut.forward(kernels, first, count),
        () => kernels.addRows(...rowsOf(outputGrid, count), from, outputRows, to, outputRows),
      ]
    },
    backward(kernels, first, count) {
      if (training === undefined) return []
      const { outputGradient, inputGradient } = training
      const calls: Call[] = []
      // A branch may overwrite its output's gradient, so the second gets a copy.
      const [g, copy] = [outputGradient.at(first), beside.outputGradient!.at(first)]
      calls.push(
        () => kernels.copy(g, copy, count * outputGradient.stride),
        ...shortcut.backward(kernels, first, count),
        ...layers.backward(kernels, first, count),
      )
      if (inputGradient) {
        const [from, to] = [beside.inputGradient!.at(first), inputGradient.at(first)]
        calls.push(() => kernels.addRows(...rowsOf(inputGrid, count), from, inputRows, to, inputRows))
      }
      return calls
    },
  }
}

/** What the shortcut writes, in rooms of its own. */
function outerSlots({ arena, examples, inputGrid, outputGrid, training }: Wiring) {
  const [size, inputSize] = [gridSize(outputGrid), gridSize(inputGrid)]
  return {
    output: groupSlot(arena, examples, size),
    outputGradient: training && groupSlot(arena, examples, size),
    inputGradient: training?.inputGradient && groupSlot(arena, examples, inputSize),
  }
}

function branchOf(
  plan: PlanBranch | undefined,
  wiring: Wiring,
  output: Slot,
  outputGradient: Slot | undefined,
  inputGradient: Slot | undefined,
): Stage {
  const training = wiring.training && outputGradient && { ...wiring.training, inputGradient, outputGradient }
  const ends: Wiring = { ...wiring, output, training }
  if (plan === undefined) return identityStage(ends)
  const stages = plan(ends)
  return {
    prepare: (kernels) => stages.flatMap((stage) => stage.prepare(kernels)),
    forward: (kernels, first, count) => stages.flatMap((stage) => stage.forward(kernels, first, count)),
    backward: (kernels, first, count) => stages.toReversed().flatMap((stage) => stage.backward(kernels, first, count)),
  }
}

function identityStage({ arena, examples, input, inputGrid, output, outputGrid, training }: Wiring): Stage {
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const { channels } = inputGrid
  const pixels = pixelsOf(inputGrid)
  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to] = [input.at(first), output.at(first)]
      return [() => kernels.moveRows(count * pixels, channels, from, inputRows, to, outputRows)]
    },
    backward(kernels, first, count) {
      if (!training?.inputGradient) return []
      const [g, into] = [training.outputGradient.at(first), training.inputGradient.at(first)]
      return [() => kernels.moveRows(count * pixels, channels, g, outputRows, into, inputRows)]
    },
  }
}
