/**
 * Where everything of a program lies: parameters, activations, gradients, scratch and tables, in one memory.
 *
 * Images and sequences pass a few examples at a time; from the first dense layer on a vector, or the first recurrent layer,
 * the whole batch passes at once.
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
import { logitsOf, parameterCount } from '../model.ts'
import { type Arena, createArena } from './arena.ts'
import { attentionStage } from './attention-stage.ts'
import { type Block, blocksOf, blocksWithin } from './blocks.ts'
import { convolutionStage } from './convolution-stage.ts'
import { denseStage } from './dense-stage.ts'
import { depthwiseStage } from './depthwise-stage.ts'
import { embeddingStage } from './embedding-stage.ts'
import { type Grid, gridSize, hasBorder, pixelAt } from './grid.ts'
import type { Address } from './kernels.ts'
import { layParameters, type ParameterLayout } from './parameters.ts'
import { activationStage, dropoutStage, normaliseStage } from './pointwise-stages.ts'
import { averageStage, poolStage } from './pool-stage.ts'
import { projectionStage } from './projection-stage.ts'
import { recurrentStage } from './recurrent-stage.ts'
import { residualStage } from './residual-stage.ts'
import { batchSlot, groupSlot, type ParameterPlace, type Slot, type Stage, type Wiring } from './stage.ts'

/** Scratch of one group of examples, in bytes: a third of a phone's second cache, and a first cache more than once. */
const groupBytes = 128 * 1024

/** A `part` of a model also tells the gradients of its input. */
export type Purpose = 'inference' | 'training' | 'part'

export interface Plan {
  readonly arena: Arena
  readonly batch: number
  readonly positions: number
  readonly classes: number
  readonly layout: ParameterLayout
  /** run by groups of examples */
  readonly grouped: readonly Stage[]
  /** examples in one group */
  readonly group: number
  /** run on the whole batch */
  readonly whole: readonly Stage[]
  readonly input: Slot
  readonly inputGrid: Grid
  /** where features wait to be spread over a grid with a border; absent where they need not */
  readonly staging: Slot | undefined
  readonly stagingRows: Address
  readonly output: Slot
  readonly labels: Address
  readonly stepKey: Address
  /** by the output; absent where nothing is trained */
  readonly gradient: Slot | undefined
  /** laid out as the input; absent where nobody asks for it */
  readonly inputGradient: Slot | undefined
}

export function planOf(model: ModelSpec, batch: number, purpose: Purpose): Plan {
  const training = purpose !== 'inference'
  const arena = createArena()
  const blocks = blocksOf(model, training)
  const layout = layParameters(arena, blocks.flatMap(blocksWithin), parameterCount(model), training)
  const group = Math.max(1, Math.min(batch, Math.floor(groupBytes / scratchBytes(blocks))))
  const atOnce = blocks.findIndex(takesWholeBatch)
  const cut = atOnce === -1 ? blocks.length : atOnce
  const stepKey = training ? arena.bytes(4) : 0
  const inputGrid = blocks[0]!.input
  const input = batchSlot(arena, batch, gridSize(inputGrid))
  const wanted = purpose === 'part' && blocks[0]!.kind !== 'embedding'
  const inputGradient = wanted ? batchSlot(arena, batch, gridSize(inputGrid)) : undefined
  const rest = { arena, batch, training: training || undefined, layout, stepKey }
  const lastGrouped = blocks[cut - 1]
  const firstTrained = blocks.findIndex(isTrained)
  const between = lastGrouped && endOf(arena, batch, gridBetween(lastGrouped, blocks[cut]), training)
  const grouped = between
    ? chainOf(blocks.slice(0, cut), { ...rest, examples: group }, { input, inputGrid, inputGradient, ...between })
    : []
  const start = between
    ? { input: between.output, inputGrid: between.outputGrid, inputGradient: between.outputGradient }
    : { input, inputGrid, inputGradient }
  const end = cut < blocks.length ? endOf(arena, batch, blocks.at(-1)!.output, training) : between!
  const whole =
    cut < blocks.length
      ? chainOf(
          blocks.slice(cut),
          { ...rest, examples: batch },
          { ...start, ...end, inputGradient: wanted || firstTrained < cut ? start.inputGradient : undefined },
        )
      : []
  const { positions, classes } = logitsOf(model)
  const spread = hasBorder(inputGrid)
  return {
    arena,
    batch,
    positions,
    classes,
    layout,
    grouped,
    group,
    whole,
    input,
    inputGrid,
    staging: spread ? batchSlot(arena, batch, inputGrid.height * inputGrid.width * inputGrid.channels) : undefined,
    stagingRows: spread
      ? arena.table(batch * inputGrid.height, (i) => {
          const example = Math.floor(i / inputGrid.height)
          return example * input.stride + 4 * pixelAt(inputGrid, i % inputGrid.height, 0)
        })
      : 0,
    output: end.output,
    labels: arena.bytes(2 * batch * positions),
    stepKey,
    gradient: end.outputGradient,
    inputGradient,
  }
}

interface Context {
  readonly arena: Arena
  readonly batch: number
  readonly examples: number
  readonly training: true | undefined
  readonly layout: ParameterLayout
  readonly stepKey: Address
}

/** What a chain is laid between. Gradients are there where something is trained, the input's where somebody needs it. */
interface Ends {
  readonly input: Slot
  readonly inputGrid: Grid
  readonly inputGradient?: Slot | undefined
  readonly output: Slot
  readonly outputGrid: Grid
  readonly outputGradient?: Slot | undefined
}

/** With the border that the next block asks for. */
function gridBetween(block: Block, next: Block | undefined): Grid {
  return next !== undefined && hasBorder(next.input) ? next.input : block.output
}

/** Room for the whole batch's. */
function endOf(arena: Arena, batch: number, outputGrid: Grid, training: boolean) {
  const size = gridSize(outputGrid)
  return {
    output: batchSlot(arena, batch, size),
    outputGrid,
    outputGradient: training ? batchSlot(arena, batch, size) : undefined,
  }
}

/** @param blocks - one at least */
function chainOf(blocks: readonly Block[], context: Context, ends: Ends): readonly Stage[] {
  const { arena, batch, examples, training, stepKey } = context
  const firstTrained = ends.inputGradient ? -1 : blocks.findIndex(isTrained)
  let { input, inputGrid, inputGradient } = ends
  return blocks.map((block, index) => {
    const next = blocks[index + 1]
    const outputGrid = next === undefined ? ends.outputGrid : gridBetween(block, next)
    const size = gridSize(outputGrid)
    // The way back needs what all examples of the batch gave; gradients only those at hand.
    const output =
      next === undefined ? ends.output : (training ? batchSlot : groupSlot)(arena, training ? batch : examples, size)
    const outputGradient = next === undefined ? ends.outputGradient : training && groupSlot(arena, examples, size)
    const wiring: Wiring = {
      arena,
      examples,
      batch,
      input,
      // Without a border, what lies there may be taken for another shape: that is all that a flatten does.
      inputGrid: hasBorder(inputGrid) ? inputGrid : block.input,
      output,
      outputGrid,
      training: outputGradient && {
        outputGradient,
        stepKey,
        inputGradient: index > firstTrained ? inputGradient : undefined,
      },
    }
    input = output
    inputGrid = outputGrid
    inputGradient = outputGradient
    return stageOf(block, wiring, context)
  })
}

function stageOf(block: Block, wiring: Wiring, context: Context): Stage {
  const places = context.layout.places.get(block) ?? []
  const two = places as unknown as readonly [ParameterPlace, ParameterPlace]
  switch (block.kind) {
    case 'dense':
      return denseStage(block, two, wiring)
    case 'projection':
      return projectionStage(block, two, wiring)
    case 'convolution':
      return convolutionStage(block, two, wiring)
    case 'depthwise':
      return depthwiseStage(block, two, wiring)
    case 'pool':
      return poolStage(block, wiring)
    case 'average':
      return averageStage(block, wiring)
    case 'activation':
      return activationStage(block, wiring)
    case 'normalise':
      return normaliseStage(block, two, wiring)
    case 'dropout':
      return dropoutStage(block, wiring.training!, wiring)
    case 'embedding':
      return embeddingStage(block, places, wiring)
    case 'attention':
      return attentionStage(block, wiring)
    case 'lstm':
    case 'gru':
      return recurrentStage(block, places, wiring)
    case 'residual': {
      const branch = (blocks: readonly Block[]) =>
        blocks.length === 0 ? undefined : (ends: Wiring) => chainOf(blocks, context, { ...ends, ...ends.training })
      return residualStage([branch(block.layers), branch(block.shortcut)], wiring)
    }
  }
}

function isTrained(block: Block): boolean {
  return blocksWithin(block).some(({ parameters }) => parameters.length > 0)
}

function takesWholeBatch(block: Block): boolean {
  return blocksWithin(block).some(({ kind }) => kind === 'dense' || kind === 'lstm' || kind === 'gru')
}

/** Of the widest activation of one example: sums before pools, and lists of gradients. */
function scratchBytes(blocks: readonly Block[]): number {
  const each = blocks.flatMap(blocksWithin).map((block) => {
    const window = block.kind === 'convolution' ? block.window : 1
    return block.kind === 'dense' ? 0 : 4 * gridSize(block.output) * window ** 2
  })
  return Math.max(1, ...each)
}
