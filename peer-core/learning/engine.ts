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
  /** @param weights - not changed, and not kept */
  openModel(model: ModelSpec, weights: Float32Array): Promise<OpenModel>
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
}

/** One training: SGD with momentum, `v ← μ v + g`, `w ← w − η v`, where `g` is the gradient of the batch's mean loss. */
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
