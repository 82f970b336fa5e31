/**
 * LSTM and GRU, forwards and backwards through time, the whole batch at once. Rows are laid by position, then example, so
 * that a position is one matrix: the inputs' products are one for all positions, as are all gradients of parameters; only
 * the products with the state go position by position.
 * @module
 */
import type { RecurrentBlock } from './blocks.ts'
import { pixelAt, pixelsOf } from './grid.ts'
import type { Address, Kernels } from './kernels.ts'
import { evenRows, type ParameterPlace, panelsOf, type Stage, type Wiring } from './stage.ts'

export function recurrentStage(block: RecurrentBlock, places: readonly ParameterPlace[], wiring: Wiring): Stage {
  const { arena, examples, input, inputGrid, output, outputGrid, training } = wiring
  const [kernel, recurrent, bias, recurrentBias] = places
  const { units: wide, depth: inputs } = block.parameters[0]!
  const { depth: units } = block.parameters[1]!
  const positions = pixelsOf(block.input)
  const steps = positions * examples
  /** bytes of a row: of inputs, of gates, of the state */
  const [inputBytes, gateBytes, stateBytes] = [4 * inputs, 4 * wide, 4 * units]

  const byPosition = (at: (example: number, position: number) => number) =>
    arena.table(steps, (i) => at(i % examples, Math.floor(i / examples)))
  const inputRows = byPosition((e, t) => e * input.stride + 4 * pixelAt(inputGrid, t, 0))
  // `last`: a single position, at which the final state is laid.
  const outputRows = byPosition((e, t) => e * output.stride + 4 * pixelAt(outputGrid, block.last ? 0 : t, 0))
  const evenInputs = evenRows(arena, steps, inputBytes)
  const evenStates = evenRows(arena, steps, stateBytes)
  const kernelPanels = panelsOf(arena, wide, inputs)
  const recurrentPanels = panelsOf(arena, wide, units)

  const xs = arena.floats(steps * inputs)
  const gates = arena.floats(steps * wide)
  // An LSTM's gates take both products together; a GRU resets the state's before it is added.
  const fromState = block.kind === 'gru' ? arena.floats(steps * wide) : gates
  /** with those before the first position, which are zero */
  const states = arena.floats((positions + 1) * examples * units)
  const cells = block.kind === 'lstm' ? arena.floats((positions + 1) * examples * units) : 0
  const gatesAt = (from: Address, t: number) => from + t * examples * gateBytes
  const statesAt = (from: Address, t: number) => from + t * examples * stateBytes

  const forwardAt = (kernels: Kernels, t: number, count: number) => {
    const [own, inner, before] = [gatesAt(gates, t), gatesAt(fromState, t), statesAt(states, t)]
    const { at, step, stride } = recurrentPanels
    const [addend, accumulate] = recurrentBias ? [recurrentBias.values, 0] : [0, 1]
    kernels.evenGemm(
      ...([count, units, wide, before, stateBytes, 4] as const),
      ...([at, step, stride, addend, inner, gateBytes, accumulate] as const),
    )
    const after = statesAt(states, t + 1)
    if (block.kind === 'gru') kernels.gruCell(count, units, own, inner, before, after)
    else kernels.lstmCell(count, units, own, statesAt(cells, t), statesAt(cells, t + 1), after)
  }
  const forwardOnly: Stage = {
    prepare: (kernels) => [
      () => kernels.packPanels(wide, inputs, kernel!.values, inputBytes, kernelPanels.at),
      () => kernels.packPanels(wide, units, recurrent!.values, stateBytes, recurrentPanels.at),
    ],
    forward(kernels, first, count) {
      const [from, to] = [input.at(first), output.at(first)]
      const { at, step, stride } = kernelPanels
      const later = block.last ? positions - 1 : 0
      return [
        () => kernels.moveRows(steps, inputs, from, inputRows, xs, evenInputs),
        () =>
          kernels.evenGemm(
            ...([steps, inputs, wide, xs, inputBytes, 4] as const),
            ...([at, step, stride, bias!.values, gates, gateBytes, 0] as const),
          ),
        () => {
          for (let t = 0; t < positions; t++) forwardAt(kernels, t, count)
        },
        () => {
          const rows = (positions - later) * examples
          kernels.moveRows(rows, units, statesAt(states, later + 1), evenStates, to, outputRows)
        },
      ]
    },
    backward: () => [],
  }
  if (training === undefined) return forwardOnly

  const { inputGradient, outputGradient } = training
  const evenGates = evenRows(arena, steps, gateBytes)
  const gateTaps = evenRows(arena, wide, 4)
  const backPanels = panelsOf(arena, inputs, wide)
  const dStates = arena.floats(examples * units)
  const dCells = block.kind === 'lstm' ? arena.floats(examples * units) : 0

  const backwardAt = (kernels: Kernels, t: number, count: number, g: Address) => {
    if (!block.last || t === positions - 1) {
      const rows = block.last ? outputRows : outputRows + 4 * t * examples
      kernels.addRows(count, units, g, rows, dStates, evenStates)
    }
    const [own, inner, before] = [gatesAt(gates, t), gatesAt(fromState, t), statesAt(states, t)]
    if (block.kind === 'gru') kernels.gruCellGradients(count, units, own, inner, before, dStates)
    else kernels.lstmCellGradients(count, units, own, statesAt(cells, t), statesAt(cells, t + 1), dStates, dCells)
    kernels.evenGemm(
      ...([count, wide, units, inner, gateBytes, 4] as const),
      ...([recurrent!.values, stateBytes, 32, 0, dStates, stateBytes, 1] as const),
    )
  }
  return {
    ...forwardOnly,
    prepare: (kernels) => [
      ...forwardOnly.prepare(kernels),
      () => kernels.packColumns(wide, inputs, kernel!.values, inputBytes, backPanels.at, backPanels.stride),
    ],
    backward(kernels, first, count) {
      const g = outputGradient.at(first)
      return [
        () => {
          kernels.zero(dStates, examples * stateBytes)
          if (dCells) kernels.zero(dCells, examples * stateBytes)
          for (let t = positions - 1; t >= 0; t--) backwardAt(kernels, t, count, g)
        },
        () => kernels.columnSums(steps, wide, gates, bias!.gradients, 0),
        () => {
          if (recurrentBias) kernels.columnSums(steps, wide, fromState, recurrentBias.gradients, 0)
        },
        () =>
          kernels.evenGemm(
            ...([wide, steps, inputs, gates, 4, gateBytes] as const),
            ...([xs, inputBytes, 32, 0, kernel!.gradients, inputBytes, 0] as const),
          ),
        () =>
          kernels.evenGemm(
            ...([wide, steps, units, fromState, 4, gateBytes] as const),
            ...([states, stateBytes, 32, 0, recurrent!.gradients, stateBytes, 0] as const),
          ),
        () => {
          if (!inputGradient) return
          const into = inputGradient.at(first)
          kernels.gemm(
            ...([steps, wide, inputs, gates, evenGates, gateTaps] as const),
            ...([backPanels.at, 0, into, inputRows, 0] as const),
          )
        },
      ]
    },
  }
}
