/** Programs that train: a whole model, and a part of one. @module */
import type { Labels } from '../../ports/index.ts'
import type { ModelSpec } from '../../wire/index.ts'
import { stepKey } from '../dropout.ts'
import type { Moments } from '../engine.ts'
import { pixelAt } from './grid.ts'
import { type OptimiserStart, optimiserOf } from './optimiser.ts'
import { type Plan, planOf } from './plan.ts'
import { backwardCalls, type Program, run, startPlan } from './program.ts'

export interface TrainingStart extends OptimiserStart {
  /** of dropout */
  readonly seed: number
}

interface Trained {
  /** Starts over from these weights. */
  begin(start: TrainingStart): void
  moments(): Moments
}

export interface TrainingProgram extends Program, Trained {
  /** One step of the optimiser on a whole batch. @returns its mean loss before the update, in nats */
  step(features: Float32Array, labels: Labels): number
}

/** Arrays that are returned are the caller's. */
export interface PartProgram extends Program, Trained {
  forward(inputs: Float32Array): Float32Array
  loss(inputs: Float32Array, labels: Labels): { loss: number; inputGradient: Float32Array }
  backward(inputs: Float32Array, gradient: Float32Array): Float32Array
  update(): void
}

/** @param batch - examples of every step */
export async function trainingProgram(
  module: WebAssembly.Module,
  model: ModelSpec,
  batch: number,
): Promise<TrainingProgram> {
  const { program, begin, moments, there, lossOf, back, update } = await started(
    module,
    planOf(model, batch, 'training'),
  )
  return {
    ...program,
    begin,
    moments,
    step(features, labels) {
      there(features)
      const loss = lossOf(labels)
      back()
      update()
      return loss
    },
  }
}

/** @param batch - examples of every micro-batch */
export async function partProgram(module: WebAssembly.Module, model: ModelSpec, batch: number): Promise<PartProgram> {
  const plan = planOf(model, batch, 'part')
  const { program, kernels, memory, begin, moments, there, lossOf, back, update } = await started(module, plan)
  const { floats, gradients, sums } = plan.layout
  const gradientThere = new Float32Array(memory.buffer, plan.gradient!.at(0), program.results.length)
  let batches = 0
  const backward = () => {
    back()
    kernels.addScaled(floats, sums, gradients, 1)
    batches++
    return inputGradientsOf(plan, memory)
  }
  return {
    ...program,
    begin(start) {
      begin(start)
      kernels.zero(sums, 4 * floats)
      batches = 0
    },
    moments,
    forward(inputs) {
      there(inputs)
      return program.results.slice()
    },
    loss(inputs, labels) {
      there(inputs)
      const loss = lossOf(labels)
      return { loss, inputGradient: backward() }
    },
    backward(inputs, gradient) {
      there(inputs)
      gradientThere.set(gradient)
      return backward()
    },
    update() {
      kernels.copy(sums, gradients, 4 * floats)
      kernels.scale(floats, gradients, 1 / Math.max(1, batches))
      kernels.zero(sums, 4 * floats)
      batches = 0
      update()
    },
  }
}

async function started(module: WebAssembly.Module, plan: Plan) {
  const { forward, write, ...program } = await startPlan(module, plan)
  const { kernels, memory, parameters } = program
  const { batch, positions, classes, output, labels, gradient, layout } = plan
  const rows = batch * positions
  const labelsThere = new Uint16Array(memory.buffer, labels, rows)
  const keyThere = new Int32Array(memory.buffer, plan.stepKey, 1)
  const forwards = forward(batch)
  const backwards = backwardCalls(plan, kernels, batch)
  const optimiser = optimiserOf(kernels, layout, parameters)
  let seed = 0
  let steps = 0
  return {
    program,
    kernels,
    memory,
    begin(start: TrainingStart) {
      optimiser.begin(start)
      seed = start.seed
      steps = 0
    },
    moments: optimiser.moments,
    there(features: Float32Array) {
      write(features, batch)
      keyThere[0] = stepKey(seed, steps)
      run(forwards)
    },
    /** The mean, and its gradient where the way back begins. */
    lossOf(given: Labels): number {
      labelsThere.set(given)
      return kernels.softmaxLoss(rows, classes, output.at(0), labels, 1 / rows, gradient!.at(0)) / rows
    },
    back: () => run(backwards),
    update() {
      optimiser.update()
      steps++
    },
  }
}

/** Dense, without the border that the input may have. */
function inputGradientsOf(plan: Plan, memory: WebAssembly.Memory): Float32Array {
  const { batch, inputGrid, inputGradient } = plan
  if (inputGradient === undefined) return new Float32Array(0)
  const { height, width, channels } = inputGrid
  const row = width * channels
  const out = new Float32Array(batch * height * row)
  for (let example = 0; example < batch; example++) {
    for (let y = 0; y < height; y++) {
      const from = inputGradient.at(example) + 4 * pixelAt(inputGrid, y, 0)
      out.set(new Float32Array(memory.buffer, from, row), (example * height + y) * row)
    }
  }
  return out
}
