/** The optimiser over a plan's parameters: a few kernel calls a step. @module */
import type { Moments, RunStart } from '../engine.ts'
import { adam, adamStep, clipFactor, learningRateAt } from '../optimiser.ts'
import type { Kernels } from './kernels.ts'
import type { ParameterLayout, ParameterTransfer } from './parameters.ts'

export type OptimiserStart = Pick<RunStart, 'weights' | 'training' | 'stepsBefore' | 'stride' | 'moments'>

export interface Optimiser {
  begin(start: OptimiserStart): void
  /** Moves the weights by the gradients in memory, which are no longer what they were. */
  update(): void
  moments(): Moments
}

export function optimiserOf(kernels: Kernels, layout: ParameterLayout, parameters: ParameterTransfer): Optimiser {
  const { floats, weights, first, second, anchors, gradients } = layout
  let training: RunStart['training'] | undefined
  let before = 0
  let stride = 1
  let taken = 0
  let momentSteps = 0

  const clip = (clipNorm: number) => {
    const factor = clipFactor(clipNorm, Math.sqrt(kernels.sumOfSquares(floats, gradients)))
    if (factor !== 1) kernels.scale(floats, gradients, factor)
  }
  return {
    begin(start) {
      training = start.training
      before = start.stepsBefore ?? 0
      stride = start.stride ?? 1
      taken = 0
      momentSteps = start.moments?.steps ?? 0
      if (start.moments) {
        parameters.load(start.moments.first, first)
        parameters.load(start.moments.second, second)
      } else {
        kernels.zero(first, 4 * floats)
        if (training.optimiser === 'adam') kernels.zero(second, 4 * floats)
      }
      parameters.load(start.weights)
      if (training.proximal) kernels.copy(weights, anchors, 4 * floats)
    },
    update() {
      const { momentum, optimiser, weightDecay, clipNorm, proximal } = training!
      const learningRate = learningRateAt(training!, before + taken * stride)
      taken++
      momentSteps++
      if (clipNorm !== undefined) clip(clipNorm)
      if (proximal) {
        kernels.addScaled(floats, gradients, weights, proximal)
        kernels.addScaled(floats, gradients, anchors, -proximal)
      }
      if (weightDecay) kernels.scale(floats, weights, 1 - learningRate * weightDecay)
      if (optimiser === 'adam') {
        const { rate, epsilon } = adamStep(learningRate, momentum, momentSteps)
        kernels.adam(floats, weights, first, second, gradients, rate, epsilon, momentum, adam.beta2)
      } else {
        kernels.momentum(floats, weights, first, gradients, learningRate, momentum)
      }
      parameters.changed()
    },
    moments() {
      const squares = training?.optimiser === 'adam' ? parameters.read(second) : new Float32Array(layout.count)
      return { first: parameters.read(first), second: squares, steps: momentSteps }
    },
  }
}
