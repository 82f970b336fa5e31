/**
 * A max-pool that follows no convolution: first in a model, or behind another pool.
 * @module
 */
import { hasBorder, type PoolBlock, pixelAt } from './blocks.ts'
import { groupSlot, type Stage, type Wiring } from './stage.ts'

export function poolStage(block: PoolBlock, wiring: Wiring): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { input: grid, window, height, width } = block
  const { channels } = grid
  const positions = window * window
  const windows = height * width
  const sourceRows = arena.table(examples * windows * positions, (i) => {
    const [example, w, p] = [Math.floor(i / positions / windows), Math.floor(i / positions) % windows, i % positions]
    const y = Math.floor(w / width) * window + Math.floor(p / window)
    const x = (w % width) * window + (p % window)
    return example * input.stride + 4 * pixelAt(grid, y, x)
  })
  const outputRows = arena.table(examples * windows, (i) => {
    const w = i % windows
    return Math.floor(i / windows) * output.stride + 4 * pixelAt(outputGrid, Math.floor(w / width), w % width)
  })
  const perExample = windows * channels
  const winners = arena.bytes((training ? wiring.batch : examples) * perExample)
  const winnersAt = (first: number) => winners + (training ? first * perExample : 0)
  const packed = training && hasBorder(outputGrid) ? groupSlot(arena, examples, perExample) : training?.outputGradient

  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to, won] = [input.at(first), output.at(first), winnersAt(first)]
      return [() => kernels.maxPool(count * windows, positions, channels, from, sourceRows, to, outputRows, won)]
    },
    backward(kernels, first, count) {
      const inputGradient = training?.inputGradient
      if (!training || !inputGradient || !packed) return []
      const rows = count * windows
      const [outer, g, won] = [training.outputGradient.at(first), packed.at(first), winnersAt(first)]
      const into = inputGradient.at(first)
      const calls = [
        () => kernels.zero(into, count * inputGradient.stride),
        () => kernels.maxPoolGradients(rows, positions, channels, g, won, into, sourceRows),
      ]
      if (g !== outer) {
        calls.unshift(() => kernels.activationGradients(rows, channels, 0, outer, outer, outputRows, g))
      }
      return calls
    },
  }
}
