/**
 * A model as a program: one memory, planned once, and fixed lists of kernel calls over it. A step allocates nothing.
 *
 * Images and sequences run depth first, a few at a time through all layers, so that what lies between two layers stays in
 * the second cache; dense layers on vectors run the whole batch at once, so that weights are read once.
 *
 * ```
 * prepare: pack panels        forward: groups × (grouped stages), whole stages, softmax loss
 *                             backward: whole stages, groups × (grouped stages), momentum
 * ```
 * @module
 */
import type { Labels } from '../../ports/index.ts'
import type { ModelSpec, TrainingSpec } from '../../wire/index.ts'
import { stepKey } from '../dropout.ts'
import { type Kernels, startKernels } from './kernels.ts'
import { type ParameterTransfer, parameterTransfer } from './parameters.ts'
import { type Plan, planOf } from './plan.ts'
import type { Call } from './stage.ts'

export interface Program {
  /** Bytes of its memory: all that it will ever use. */
  readonly bytes: number
  readonly parameters: ParameterTransfer
  /** Logits of the first `count` examples of `features`. The array is overwritten by the next call. */
  logits(features: Float32Array, count: number): Float32Array
}

export interface Optimiser extends Pick<TrainingSpec, 'learningRate' | 'momentum'> {
  /** of dropout */
  readonly seed: number
}

export interface TrainingProgram extends Program {
  /** Starts over from these weights, with no velocity. */
  begin(weights: Float32Array, optimiser: Optimiser): void
  /** One step of SGD with momentum on a whole batch. @returns its mean loss before the update, in nats */
  step(features: Float32Array, labels: Labels): number
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
): Promise<TrainingProgram> {
  const plan = planOf(model, batch, true)
  const { kernels, memory, forward, write, ...program } = await started(module, plan)
  const { positions, classes, output, labels, logitGradient, layout } = plan
  const rows = batch * positions
  const labelsThere = new Uint16Array(memory.buffer, labels, rows)
  const there = forward(batch)
  const back = backwardCalls(plan, kernels, batch)
  const keyThere = new Int32Array(memory.buffer, plan.stepKey, 1)
  const scale = 1 / rows
  const { floats, weights, velocities, gradients } = layout
  let rate = 0
  let keep = 0
  let seed = 0
  let steps = 0
  return {
    ...program,
    begin(initial, { learningRate, momentum, seed: given }) {
      program.parameters.load(initial)
      kernels.zero(velocities, 4 * floats)
      rate = learningRate
      keep = momentum
      seed = given
      steps = 0
    },
    step(features, given) {
      write(features, batch)
      labelsThere.set(given)
      keyThere[0] = stepKey(seed, steps++)
      run(there)
      const loss = kernels.softmaxLoss(rows, classes, output.at(0), labels, scale, logitGradient!.at(0))
      run(back)
      kernels.momentum(floats, weights, velocities, gradients, rate, keep)
      program.parameters.changed()
      return loss / rows
    },
  }
}

async function started(module: WebAssembly.Module, plan: Plan) {
  const { arena, input, inputGrid, staging, stagingRows, output, positions, classes, batch } = plan
  const memory = arena.allocate()
  const kernels = await startKernels(module, memory)
  const parameters = parameterTransfer(plan.layout, memory, kernels)
  const prepare = [...plan.grouped, ...plan.whole].flatMap((stage) => stage.prepare(kernels))
  const rowSize = inputGrid.width * inputGrid.channels
  const exampleSize = inputGrid.height * rowSize
  const room = new Float32Array(memory.buffer, (staging ?? input).at(0), batch * exampleSize)
  const results = new Float32Array(memory.buffer, output.at(0), batch * positions * classes)
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
      return results.subarray(0, count * positions * classes)
    },
  }
}

function forwardCalls({ grouped, group, whole }: Plan, kernels: Kernels, count: number): Call[] {
  const calls: Call[] = []
  for (let first = 0; first < count; first += group) {
    const some = Math.min(group, count - first)
    for (const stage of grouped) calls.push(...stage.forward(kernels, first, some))
  }
  for (const stage of whole) calls.push(...stage.forward(kernels, 0, count))
  return calls
}

function backwardCalls({ grouped, group, whole }: Plan, kernels: Kernels, count: number): Call[] {
  const calls: Call[] = []
  for (const stage of whole.toReversed()) calls.push(...stage.backward(kernels, 0, count))
  for (let first = 0; first < count; first += group) {
    const some = Math.min(group, count - first)
    for (const stage of grouped.toReversed()) calls.push(...stage.backward(kernels, first, some))
  }
  return calls
}

function run(calls: readonly Call[]): void {
  for (const call of calls) call()
}
