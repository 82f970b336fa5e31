/** Token ids to vectors, and the positions' vectors added. Ids are floats, as all features are. @module */
import type { EmbeddingBlock } from './blocks.ts'
import { pixelsOf } from './grid.ts'
import { type ParameterPlace, pixelRows, type Stage, type Wiring } from './stage.ts'

export function embeddingStage(
  block: EmbeddingBlock,
  [tokens, positions]: readonly ParameterPlace[],
  wiring: Wiring,
): Stage {
  const { arena, examples, input, output, outputGrid, training } = wiring
  const { channels } = block.output
  const length = pixelsOf(block.output)
  const tableBytes = 4 * block.parameters[0]!.units
  const outputRows = pixelRows(arena, examples, output, outputGrid)
  return {
    prepare: () => [],
    forward(kernels, first, count) {
      const [ids, to] = [input.at(first), output.at(first)]
      const [table, beside] = [tokens!.values, positions?.values ?? 0]
      return [() => kernels.embed(count, length, channels, ids, table, beside, to, outputRows)]
    },
    backward(kernels, first, count) {
      if (training === undefined) return []
      const [ids, g] = [input.at(first), training.outputGradient.at(first)]
      const [table, beside] = [tokens!.gradients, positions?.gradients ?? 0]
      const scatter = () => kernels.embedGradients(count, length, channels, ids, g, outputRows, table, beside)
      if (first > 0) return [scatter]
      const clear = [() => kernels.zero(table, tableBytes)]
      if (positions) clear.push(() => kernels.zero(beside, 4 * length * channels))
      return [...clear, scatter]
    },
  }
}
