/**
 * Pools that follow no convolution: the greatest of each window (first in a model, or behind another pool), or the mean.
 * @module
 */
import type { AverageBlock, PoolBlock } from './blocks.ts'
import { pixelAt, pixelsOf } from './grid.ts'
import type { Address } from './kernels.ts'
import { innerGradients, pixelRows, type Stage, type Wiring } from './stage.ts'

export function poolStage(block: PoolBlock, wiring: Wiring): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { channels } = block.input
  const positions = block.window * block.window
  const windows = pixelsOf(block.output)
  const sourceRows = windowRows(block.window, block.window, windows, wiring)
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  const perExample = windows * channels
  const winners = arena.bytes((training ? wiring.batch : examples) * perExample)
  const winnersAt = (first: number) => winners + (training ? first * perExample : 0)
  const inner = training && innerGradients(wiring, training, 0)

  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to, won] = [input.at(first), output.at(first), winnersAt(first)]
      return [() => kernels.maxPool(count * windows, positions, channels, from, sourceRows, to, outputRows, won)]
    },
    backward(kernels, first, count) {
      const inputGradient = training?.inputGradient
      if (!inner || !inputGradient) return []
      const [g, won, into] = [inner.at(first), winnersAt(first), inputGradient.at(first)]
      return [
        ...inner.calls(kernels, first, count),
        () => kernels.zero(into, count * inputGradient.stride),
        () => kernels.maxPoolGradients(count * windows, positions, channels, g, won, into, sourceRows),
      ]
    },
  }
}

export function averageStage(block: AverageBlock, wiring: Wiring): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { channels } = block.input
  const { windowHeight, windowWidth } = block
  const positions = windowHeight * windowWidth
  const windows = pixelsOf(block.output)
  const sourceRows = windowRows(windowHeight, windowWidth, windows, wiring)
  const outputRows = pixelRows(arena, examples, output, outputGrid)

  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [from, to] = [input.at(first), output.at(first)]
      return [() => kernels.averagePool(count * windows, positions, channels, from, sourceRows, to, outputRows)]
    },
    backward(kernels, first, count) {
      const inputGradient = training?.inputGradient
      if (!inputGradient) return []
      const [g, into] = [training.outputGradient.at(first), inputGradient.at(first)]
      const rows = count * windows
      return [
        () => kernels.zero(into, count * inputGradient.stride),
        () => kernels.averagePoolGradients(rows, positions, channels, g, outputRows, into, sourceRows),
      ]
    },
  }
}

/** For each window of each example, where its pixels are in the input. */
function windowRows(
  high: number,
  wide: number,
  windows: number,
  { arena, examples, input, inputGrid }: Wiring,
): Address {
  const positions = high * wide
  const across = Math.floor(inputGrid.width / wide)
  return arena.table(examples * windows * positions, (i) => {
    const [example, w, p] = [Math.floor(i / positions / windows), Math.floor(i / positions) % windows, i % positions]
    const y = Math.floor(w / across) * high + Math.floor(p / wide)
    const x = (w % across) * wide + (p % wide)
    return example * input.stride + 4 * pixelAt(inputGrid, y, x)
  })
}
