/** Activations, normalisation and dropout: what keeps the shape. @module */
import { dropoutThreshold } from '../dropout.ts'
import type { ActivationBlock, DropoutBlock, NormaliseBlock } from './blocks.ts'
import { pixelsOf } from './grid.ts'
import { activationCodes } from './kernels.ts'
import {
  batchSlot,
  type ParameterPlace,
  pixelRows,
  type Slot,
  type Stage,
  type TrainingWiring,
  type Wiring,
} from './stage.ts'

/** What goes in is kept, and of GELU the gates: its derivative is no function of what comes out. */
export function activationStage(block: ActivationBlock, wiring: Wiring): Stage {
  const { arena, examples, input, inputGrid, output, outputGrid, training } = wiring
  const { channels } = block.input
  const pixels = pixelsOf(block.input)
  const code = activationCodes[block.activation]
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const gates = code === activationCodes.gelu ? keptSlot(wiring, pixels * channels) : undefined
  const gatesAt = (first: number) => gates?.at(training ? first : 0) ?? 0
  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to, kept] = [input.at(first), output.at(first), gatesAt(first)]
      return [() => kernels.activateTo(count * pixels, channels, code, from, inputRows, to, outputRows, kept)]
    },
    backward(kernels, first, count) {
      if (!training?.inputGradient) return []
      const [x, g, into] = [input.at(first), training.outputGradient.at(first), training.inputGradient.at(first)]
      const [rows, kept] = [count * pixels, gatesAt(first)]
      return [() => kernels.activationPull(rows, channels, code, x, inputRows, g, outputRows, kept, into)]
    },
  }
}

export function normaliseStage(
  block: NormaliseBlock,
  [scale, bias]: readonly [ParameterPlace, ParameterPlace],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, inputGrid, output, outputGrid, training } = wiring
  const { channels } = block.input
  const { groups } = block
  const pixels = pixelsOf(block.input)
  const [sets, positions] = block.apart ? [pixels, 1] : [1, pixels]
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  /** Mean and inverse deviation of each set. */
  const statistics = keptSlot(wiring, 2 * sets * groups)
  const statisticsAt = (first: number) => statistics.at(training ? first : 0)
  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to, kept] = [input.at(first), output.at(first), statisticsAt(first)]
      return [
        () =>
          kernels.normalise(
            ...([count * sets, positions, channels, groups, from, inputRows] as const),
            ...([to, outputRows, scale.values, bias.values, kept] as const),
          ),
      ]
    },
    backward(kernels, first, count) {
      if (training === undefined) return []
      const { outputGradient, inputGradient } = training
      const [x, g, kept] = [input.at(first), outputGradient.at(first), statisticsAt(first)]
      const into = inputGradient?.at(first) ?? 0
      const again = first > 0 ? 1 : 0
      return [
        () =>
          kernels.normaliseGradients(
            ...([count * sets, positions, channels, groups, x, inputRows, g, outputRows] as const),
            ...([scale.values, kept, scale.gradients, bias.gradients, into, again] as const),
          ),
      ]
    },
  }
}

/** Room for what the way back will need of the whole batch; without one, for that of the examples at hand. */
function keptSlot({ arena, batch, examples, training }: Wiring, size: number): Slot {
  return batchSlot(arena, training ? batch : examples, size)
}

/** Is a block only while something is trained. */
export function dropoutStage(block: DropoutBlock, training: TrainingWiring, wiring: Wiring): Stage {
  const { arena, examples, input, inputGrid, output, outputGrid } = wiring
  const { channels } = block.input
  const { rate, ordinal } = block
  const pixels = pixelsOf(block.input)
  const [threshold, kept] = [dropoutThreshold(rate), 1 / (1 - rate)]
  const inputRows = pixelRows(arena, examples, input, inputGrid)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const { stepKey, outputGradient, inputGradient } = training
  const rowsBefore = (first: number) => first * pixels
  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to, rows] = [input.at(first), output.at(first), count * pixels]
      const before = rowsBefore(first)
      return [
        () =>
          kernels.dropout(
            ...([rows, channels, from, inputRows, to, outputRows] as const),
            ...([stepKey, ordinal, before, threshold, kept] as const),
          ),
      ]
    },
    backward(kernels, first, count) {
      if (!inputGradient) return []
      const [g, into, rows] = [outputGradient.at(first), inputGradient.at(first), count * pixels]
      const before = rowsBefore(first)
      return [
        () =>
          kernels.dropout(
            ...([rows, channels, g, outputRows, into, inputRows] as const),
            ...([stepKey, ordinal, before, threshold, kept] as const),
          ),
      ]
    },
  }
}
