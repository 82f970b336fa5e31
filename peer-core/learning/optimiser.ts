/** What every engine's optimiser computes once a step: how far to go. Pure. @module */
import type { TrainingSpec } from '../wire/index.ts'

/** Adam's β₂ and ε (Kingma, Ba, arXiv:1412.6980, algorithm 1). */
export const adam = { beta2: 0.999, epsilon: 1e-8 } as const

/** @param step - from 0, those of earlier rounds counted; a part of one where a round's steps are not what the schedule counts */
export function learningRateAt({ learningRate, schedule }: TrainingSpec, step: number): number {
  if (schedule === undefined) return learningRate
  const { warmupSteps, decaySteps } = schedule
  if (step < warmupSteps) return learningRate * Math.min(1, (step + 1) / warmupSteps)
  if (decaySteps === undefined) return learningRate
  const done = Math.min(1, (step - warmupSteps) / Math.max(1, decaySteps - warmupSteps))
  return (learningRate * (1 + Math.cos(Math.PI * done))) / 2
}

/**
 * Adam with its bias corrections drawn into the rate and ε (ibid., end of section 2): `w ← w − rate · m / (√v + epsilon)`.
 *
 * @param steps - that the moments are made of, this one counted
 */
export function adamStep(learningRate: number, beta1: number, steps: number): { rate: number; epsilon: number } {
  const root = Math.sqrt(1 - adam.beta2 ** steps)
  return { rate: (learningRate * root) / (1 - beta1 ** steps), epsilon: adam.epsilon * root }
}

/** What gradients of this norm are multiplied by. */
export function clipFactor(clipNorm: number, norm: number): number {
  // Not a comparison of infinities: what is no number must come out again.
  return norm <= clipNorm ? 1 : clipNorm / norm
}
