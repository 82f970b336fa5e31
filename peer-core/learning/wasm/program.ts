/**
 * A model as a program: one memory, planned once, and fixed lists of kernel calls over it. A step allocates nothing.
 *
 * Images run depth first, a few at a time through all convolutions and pools, so that what lies between two layers stays in
 * the second cache; dense layers run the whole batch at once, so that weights are read once.
 *
 * ```
 * prepare: pack panels        forward: groups × (convolutions, pools), dense layers, softmax loss
 *                             backward: dense layers, groups × (pools, convolutions), momentum
 * ```
 * @module
 */
import type { ModelSpec, TrainingSpec } from '../../wire/index.ts'
import { parameterCount } from '../model.ts'
import { type Arena, createArena } from './arena.ts'
import { type Block, blocksOf, type Grid, gridSize, hasBorder, outputOf, pixelAt } from './blocks.ts'
import { convolutionStage } from './convolution-stage.ts'
import { denseStage } from './dense-stage.ts'
import { type Kernels, startKernels } from './kernels.ts'
import { layParameters, type ParameterLayout, type ParameterTransfer, parameterTransfer } from './parameters.ts'
import { poolStage } from './pool-stage.ts'
import { batchSlot, type Call, groupSlot, type ParameterPlaces, type Slot, type Stage, type Wiring } from './stage.ts'

/** Scratch of one group of images, in bytes: a third of a phone's second cache, and a first cache more than once. */
const groupBytes = 128 * 1024

export interface Program {
  /** Bytes of its memory: all that it will ever use. */
  readonly bytes: number
  readonly parameters: ParameterTransfer
  /** Logits of the first `count` examples of `features`. The array is overwritten by the next call. */
  logits(features: Float32Array, count: number): Float32Array
}

export interface TrainingProgram extends Program {
  /** One step of SGD with momentum on a whole batch. @returns its mean loss before the update, in nats */
  step(features: Float32Array, labels: Uint8Array): number
}

/** @param batch - most examples that {@link Program.logits} is asked for at once */
export async function inferenceProgram(module: WebAssembly.Module, model: ModelSpec, batch: number): Promise<Program> {
  const plan = planOf(model, batch, false)
  const { bytes, ...rest } = await started(module, plan)
  return { bytes, parameters: rest.parameters, logits: rest.logits }
}

/** @param batch - examples of every step */
export async function trainingProgram(
  module: WebAssembly.Module,
  model: ModelSpec,
  batch: number,
  { learningRate, momentum }: Pick<TrainingSpec, 'learningRate' | 'momentum'>,
): Promise<TrainingProgram> {
  const plan = planOf(model, batch, true)
  const { kernels, memory, forward, write, ...program } = await started(module, plan)
  const { classes, output, labels, logitGradient, layout } = plan
  const bytesOfLabels = new Uint8Array(memory.buffer, labels, batch)
  const there = forward(batch)
  const back = backwardCalls(plan, kernels, batch)
  const scale = 1 / batch
  const { floats, weights, velocities, gradients } = layout
  return {
    ...program,
    step(features, given) {
      write(features, batch)
      bytesOfLabels.set(given)
      run(there)
      const loss = kernels.softmaxLoss(batch, classes, output.at(0), labels, scale, logitGradient!.at(0))
      run(back)
      kernels.momentum(floats, weights, velocities, gradients, learningRate, momentum)
      program.parameters.changed()
      return loss / batch
    },
  }
}

interface Plan {
  readonly arena: Arena
  readonly batch: number
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
  readonly stagingRows: number
  readonly output: Slot
  readonly labels: number
  readonly logitGradient: Slot | undefined
}

function planOf(model: ModelSpec, batch: number, training: boolean): Plan {
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
    const output = batchSlot(arena, batch, size)
    const inside = next !== undefined && next.kind !== 'dense'
    const outputGradient = !training
      ? undefined
      : inside
        ? groupSlot(arena, group, size)
        : batchSlot(arena, batch, size)
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
  const classes = outputOf(blocks.at(-1)!).channels
  return {
    arena,
    batch,
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
    labels: arena.bytes(batch),
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

async function started(module: WebAssembly.Module, plan: Plan) {
  const { arena, input, inputGrid, staging, stagingRows, output, classes, batch } = plan
  const memory = arena.allocate()
  const kernels = await startKernels(module, memory)
  const parameters = parameterTransfer(plan.layout, memory, kernels)
  const prepare = [...plan.images, ...plan.vectors].flatMap((stage) => stage.prepare(kernels))
  const rowSize = inputGrid.width * inputGrid.channels
  const exampleSize = inputGrid.height * rowSize
  const room = new Float32Array(memory.buffer, (staging ?? input).at(0), batch * exampleSize)
  const results = new Float32Array(memory.buffer, output.at(0), batch * classes)
  const listed = new Map<number, readonly Call[]>()

  const write = (features: Float32Array, count: number) => {
    room.set(features)
    if (staging) kernels.copyRows(count * inputGrid.height, rowSize, staging.at(0), input.at(0), stagingRows)
    if (parameters.takeChanged()) run(prepare)
  }
  const forward = (count: number): readonly Call[] => {
    let calls = listed.get(count)
    if (calls === undefined) {
      calls = forwardCalls(plan, kernels, count)
      listed.set(count, calls)
    }
    return calls
  }
  return {
    bytes: memory.buffer.byteLength,
    kernels,
    memory,
    parameters,
    write,
    forward,
    logits(features: Float32Array, count: number) {
      write(features, count)
      run(forward(count))
      return results.subarray(0, count * classes)
    },
  }
}

function forwardCalls({ images, group, vectors }: Plan, kernels: Kernels, count: number): Call[] {
  const calls: Call[] = []
  for (let first = 0; first < count; first += group) {
    const some = Math.min(group, count - first)
    for (const stage of images) calls.push(...stage.forward(kernels, first, some))
  }
  for (const stage of vectors) calls.push(...stage.forward(kernels, 0, count))
  return calls
}

function backwardCalls({ images, group, vectors }: Plan, kernels: Kernels, count: number): Call[] {
  const calls: Call[] = []
  for (const stage of vectors.toReversed()) calls.push(...stage.backward(kernels, 0, count))
  for (let first = 0; first < count; first += group) {
    const some = Math.min(group, count - first)
    for (const stage of images.toReversed()) calls.push(...stage.backward(kernels, first, some))
  }
  return calls
}

function run(calls: readonly Call[]): void {
  for (const call of calls) call()
}
