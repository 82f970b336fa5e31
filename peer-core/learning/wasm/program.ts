/**
 * A model as a program: one memory, planned once, and fixed lists of kernel calls over it. A step allocates nothing.
 *
 * Images and sequences run depth first, a few at a time through all layers, so that what lies between two layers stays in
 * the second cache; dense layers on vectors run the whole batch at once, so that weights are read once.
 *
 * ```
 * prepare: pack panels        forward: groups × (grouped stages), whole stages
 *                             backward: whole stages, groups × (grouped stages)
 * ```
 * @module
 */
import type { ModelSpec } from '../../wire/index.ts'
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

/** @param batch - most examples that {@link Program.logits} is asked for at once */
export async function inferenceProgram(module: WebAssembly.Module, model: ModelSpec, batch: number): Promise<Program> {
  const plan = planOf(model, batch, 'inference')
  const { bytes, ...rest } = await startPlan(module, plan)
  return { bytes, parameters: rest.parameters, logits: rest.logits }
}

/** A plan in its memory, ready to run. */
export async function startPlan(module: WebAssembly.Module, plan: Plan) {
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
    /** The features of `count` examples, dense; panels are packed anew when the weights have changed. */
    write,
    forward,
    results,
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

export function backwardCalls({ grouped, group, whole }: Plan, kernels: Kernels, count: number): Call[] {
  const calls: Call[] = []
  for (const stage of whole.toReversed()) calls.push(...stage.backward(kernels, 0, count))
  for (let first = 0; first < count; first += group) {
    const some = Math.min(group, count - first)
    for (const stage of grouped.toReversed()) calls.push(...stage.backward(kernels, first, some))
  }
  return calls
}

export function run(calls: readonly Call[]): void {
  for (const call of calls) call()
}
