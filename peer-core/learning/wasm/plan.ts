/**
 * Where everything of a program lies: parameters, activations, gradients, scratch and tables, in one memory.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import { logitsOf, parameterCount } from '../model.ts'
import { type Arena, createArena } from './arena.ts'
import { type Block, blocksOf, type Grid, gridSize, hasBorder, outputOf, pixelAt } from './blocks.ts'
import { convolutionStage } from './convolution-stage.ts'
import { denseStage } from './dense-stage.ts'
import type { Address } from './kernels.ts'
import { layParameters, type ParameterLayout } from './parameters.ts'
import { poolStage } from './pool-stage.ts'
import { batchSlot, groupSlot, type ParameterPlaces, type Slot, type Stage, type Wiring } from './stage.ts'

/** Scratch of one group of images, in bytes: a third of a phone's second cache, and a first cache more than once. */
const groupBytes = 128 * 1024

export interface Plan {
  readonly arena: Arena
  readonly batch: number
  readonly positions: number
  readonly classes: number
  readonly layout: ParameterLayout
  readonly images: readonly Stage[]
  /** images in one group */
  readonly group: number
  readonly vectors: readonly Stage[]
  readonly input: Slot
  readonly inputGrid: Grid
  /** where features wait to be spread over a grid with a border; absent where they need not */
  readonly staging: Slot | undefined
  readonly stagingRows: Address
  readonly output: Slot
  readonly labels: Address
  readonly logitGradient: Slot | undefined
}

export function planOf(model: ModelSpec, batch: number, training: boolean): Plan {
  const arena = createArena()
  const blocks = blocksOf(model)
  const layout = layParameters(arena, blocks, parameterCount(model), training)
  const group = Math.max(1, Math.min(batch, Math.floor(groupBytes / scratchBytes(blocks))))
  const firstTrained = blocks.findIndex((block) => block.kind !== 'pool')
  const inputGrid = blocks[0]!.input
  const input = batchSlot(arena, batch, gridSize(inputGrid))
  const images: Stage[] = []
  const vectors: Stage[] = []
  let slot = input
  let gradient: Slot | undefined
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1]
    const outputGrid = next === undefined || next.kind === 'dense' ? outputOf(block) : next.input
    const size = gridSize(outputGrid)
    // Between two image blocks the other images of the batch matter only to the way back.
    const inside = next !== undefined && next.kind !== 'dense'
    const passing = inside ? groupSlot : batchSlot
    const output = training ? batchSlot(arena, batch, size) : passing(arena, inside ? group : batch, size)
    const outputGradient = training ? passing(arena, inside ? group : batch, size) : undefined
    const wiring: Wiring = {
      arena,
      examples: block.kind === 'dense' ? batch : group,
      batch,
      input: slot,
      output,
      outputGrid,
      training: outputGradient && {
        outputGradient,
        ...(index > firstTrained && gradient ? { inputGradient: gradient } : {}),
      },
    }
    const stages = block.kind === 'dense' ? vectors : images
    stages.push(stageOf(block, layout.places[index], wiring))
    slot = output
    gradient = outputGradient
  }
  const spread = hasBorder(inputGrid)
  const { positions, classes } = logitsOf(model)
  return {
    arena,
    batch,
    positions,
    classes,
    layout,
    images,
    group,
    vectors,
    input,
    inputGrid,
    staging: spread ? batchSlot(arena, batch, inputGrid.height * inputGrid.width * inputGrid.channels) : undefined,
    stagingRows: spread
      ? arena.table(batch * inputGrid.height, (i) => {
          const example = Math.floor(i / inputGrid.height)
          return example * input.stride + 4 * pixelAt(inputGrid, i % inputGrid.height, 0)
        })
      : 0,
    output: slot,
    labels: arena.bytes(2 * batch * positions),
    logitGradient: gradient,
  }
}

function stageOf(block: Block, places: ParameterPlaces | undefined, wiring: Wiring): Stage {
  switch (block.kind) {
    case 'dense':
      return denseStage(block, places!, wiring)
    case 'convolution':
      return convolutionStage(block, places!, wiring)
    case 'pool':
      return poolStage(block, wiring)
  }
}

/** Of one image through all convolutions: sums before pools, and lists of gradients. */
function scratchBytes(blocks: readonly Block[]): number {
  const each = blocks.map((block) => {
    if (block.kind === 'dense') return 0
    const { channels, height, width } = outputOf(block)
    return 4 * channels * height * width * block.window ** 2
  })
  return Math.max(1, ...each)
}
