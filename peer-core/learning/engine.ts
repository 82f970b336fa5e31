/**
 * What an engine must be able to do: steps and logits. {@link engineTrainer} makes a `Trainer` of it and adds what is the same
 * for all: data by name, batches, cancelling, time budgets, progress, divergence, scores. So a new engine is this file's
 * two functions and nothing else.
 *
 * Arguments have been checked: the model fits the examples and the weights fit the model. Whatever an engine throws is
 * taken to mean that it is broken (`ENGINE_LOST`).
 * @module
 */
import type { EngineInfo, Labels } from '../ports/index.ts'
import type { ModelSpec, TrainingSpec } from '../wire/index.ts'

export interface Engine {
  readonly info: EngineInfo
  /** @param batchSize - rows of every batch that will come */
  startRun(start: RunStart): Promise<Run>
  /** A part of a model: `start.model` is its layers, which need not end in logits, and `start.weights` theirs. */
  startPart(start: RunStart): Promise<PartRun>
  /**
   * @param weights - not changed, and not kept
   * @param atOnce - examples that will be asked for at once, where that is known: more are answered too, if not as quickly
   */
  openModel(model: ModelSpec, weights: Float32Array, atOnce?: number): Promise<OpenModel>
  /** Frees everything. */
  close(): Promise<void>
}

export interface RunStart {
  readonly model: ModelSpec
  readonly training: TrainingSpec
  /** not changed, and not kept */
  readonly weights: Float32Array
  readonly batchSize: number
  /** of dropout */
  readonly seed: number
  /** steps of earlier rounds, as the schedule counts them */
  readonly stepsBefore?: number
  /** what a step counts in the schedule; 1 when absent */
  readonly stride?: number
  /** what an earlier run of the same model ended with; zero when absent */
  readonly moments?: Moments
}

/** What an optimiser carries from step to step, in the order of the flat weights. */
export interface Moments {
  /** SGD's velocity, Adam's mean of gradients */
  readonly first: Float32Array
  /** Adam's mean of squared gradients */
  readonly second: Float32Array
  /** steps that they are made of */
  readonly steps: number
}

/**
 * One training. `g` being the gradient of the batch's mean loss, clipped, with the proximal term added:
 *
 * - SGD with momentum: `v ← μ v + g`, `w ← w − η v`
 * - Adam (Kingma, Ba, arXiv:1412.6980, algorithm 1): `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`,
 *   `w ← w − η m̂ / (√v̂ + ε)`
 */
export interface Run {
  /**
   * One step on one batch. May return before the step is done (a GPU's queue); the arrays are the caller's again on return.
   *
   * @param features - `batchSize × shape`
   * @param labels - `batchSize × positions`
   */
  step(features: Float32Array, labels: Labels): void
  /** Mean loss of each step since the last call, before its update. Waits until they are done. */
  losses(): Promise<Float32Array>
  weights(): Promise<Float32Array>
  moments(): Promise<Moments>
  dispose(): void
}

/**
 * One stage of a chain of peers: forwards to a cut, backwards from a gradient at the cut. The way back computes the way
 * there anew (Huang et al., "GPipe", arXiv:1811.06965, section 2.3), so that any number of micro-batches may be under way.
 */
export interface PartRun {
  /** @param inputs - `batchSize × input`. @returns `batchSize × output` */
  forward(inputs: Float32Array): Promise<Float32Array>
  /** Of the last part. @returns the mean loss, and as {@link backward}, of a gradient by that mean */
  loss(inputs: Float32Array, labels: Labels): Promise<{ loss: number; inputGradient: Float32Array }>
  /**
   * @param gradient - of the loss, by what {@link forward} gave
   * @returns the gradient by the inputs; nothing where they are token ids
   */
  backward(inputs: Float32Array, gradient: Float32Array): Promise<Float32Array>
  /** One step of the optimiser, on the mean of the gradients since the last. Dropout draws anew after it. */
  update(): Promise<void>
  weights(): Promise<Float32Array>
  dispose(): void
}

/** Weights in place to be asked for logits. */
export interface OpenModel {
  /**
   * @param features - `count × shape`, the caller's again on return
   * @returns `count × positions × classes`
   */
  logits(features: Float32Array, count: number): Promise<Float32Array>
  dispose(): void
}
