/** The optimiser on TF.js operations: from parameters and gradients to what they become. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { TrainingSpec } from '../../wire/index.ts'
import { adam, adamStep } from '../optimiser.ts'

/** Tensors of every parameter, in order. */
export interface OptimiserState {
  readonly parameters: tf.Tensor[]
  /** none before the first step */
  readonly first: tf.Tensor[]
  /** Adam's only */
  readonly second: tf.Tensor[]
}

/**
 * @param anchors - the parameters at the start; needed where there is a proximal term
 * @param learningRate - of this step
 * @param momentSteps - that the moments are made of, this one counted
 */
export function optimised(
  { parameters, first, second }: OptimiserState,
  given: readonly tf.Tensor[],
  anchors: readonly tf.Tensor[],
  training: TrainingSpec,
  learningRate: number,
  momentSteps: number,
): OptimiserState {
  const { momentum, optimiser, weightDecay = 0, proximal = 0 } = training
  const clipped = clip(given, training.clipNorm)
  const pulled = (gradient: tf.Tensor, i: number) =>
    tf.add(gradient, tf.mul(tf.sub(parameters[i]!, anchors[i]!), proximal))
  const gradients = proximal ? clipped.map(pulled) : clipped
  const kept = weightDecay ? parameters.map((w) => tf.mul(w, 1 - learningRate * weightDecay)) : parameters
  const moved = (moves: readonly tf.Tensor[], rate: number) => kept.map((w, i) => tf.sub(w, tf.mul(moves[i]!, rate)))
  const blend = (old: tf.Tensor | undefined, keep: number, fresh: tf.Tensor, share: number) =>
    old === undefined ? tf.mul(fresh, share) : tf.add(tf.mul(old, keep), tf.mul(fresh, share))

  if (optimiser !== 'adam') {
    const velocities = gradients.map((g, i) => blend(first[i], momentum, g, 1))
    return { parameters: moved(velocities, learningRate), first: velocities, second: [] }
  }
  const means = gradients.map((g, i) => blend(first[i], momentum, g, 1 - momentum))
  const squares = gradients.map((g, i) => blend(second[i], adam.beta2, tf.square(g), 1 - adam.beta2))
  const { rate, epsilon } = adamStep(learningRate, momentum, momentSteps)
  const moves = means.map((mean, i) => tf.div(mean, tf.add(tf.sqrt(squares[i]!), epsilon)))
  return { parameters: moved(moves, rate), first: means, second: squares }
}

/** The norm stays on the device. */
function clip(gradients: readonly tf.Tensor[], clipNorm: number | undefined): readonly tf.Tensor[] {
  if (clipNorm === undefined) return gradients
  const squares = gradients.map((gradient) => tf.sum(tf.square(gradient)))
  const norm = tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)))
  const factor = tf.minimum(1, tf.div(clipNorm, tf.maximum(norm, 1e-30)))
  return gradients.map((gradient) => tf.mul(gradient, factor))
}
