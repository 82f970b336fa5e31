/**
 * What the page (or Node's main thread) and its training worker say to each other, by comlink.
 *
 * comlink carries an error's message only, so every answer is an {@link Outcome}: faults arrive whole.
 * @module
 */
import { messageOf } from '../../foundation/index.ts'
import {
  type EngineInfo,
  type EvaluateJob,
  type Evaluation,
  type LoadableExamples,
  TrainerError,
  type TrainerFault,
  type TrainJob,
  type TrainProgress,
  type TrainResult,
} from '../../ports/index.ts'
import type { ModelSpec } from '../../wire/index.ts'
import type { EngineTrial, TrainerOptions } from '../engines.ts'
import { ModelError, type ModelFault } from '../errors.ts'

export type Outcome<T> = { readonly value: T } | { readonly failure: Failure }

/** A class is told by a word of ours: names of classes differ between the page's bundle and the worker's. */
type Failure =
  | { readonly kind: 'trainer'; readonly fault: TrainerFault; readonly message: string }
  | { readonly kind: 'model'; readonly fault: ModelFault; readonly message: string }
  | { readonly kind: 'other'; readonly name: string; readonly message: string }

/** Names the call to cancel. */
export type CallId = number

/** The worker's side. */
export interface TrainingService {
  open(options: Omit<TrainerOptions, 'onTrial'>): Promise<Outcome<Opened>>
  load(data: string, examples: LoadableExamples): Promise<Outcome<void>>
  unload(data: string): Promise<Outcome<void>>
  train(call: CallId, job: TrainJob, onProgress?: (progress: TrainProgress) => void): Promise<Outcome<TrainResult>>
  evaluate(call: CallId, job: EvaluateJob): Promise<Outcome<Evaluation>>
  predict(model: ModelSpec, weights: Float32Array, features: Float32Array): Promise<Outcome<Float32Array>>
  cancel(call: CallId): void
}

export interface Opened {
  readonly engine: EngineInfo
  readonly trials: readonly EngineTrial[]
}

export async function outcomeOf<T>(run: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await run() }
  } catch (error) {
    return { failure: failureOf(error) }
  }
}

/** @throws the error that was caught on the other side: of the same class, with the same fault */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  const { failure } = outcome
  switch (failure.kind) {
    case 'trainer':
      throw new TrainerError(failure.fault, failure.message)
    case 'model':
      throw new ModelError(failure.fault, failure.message)
    case 'other':
      throw Object.assign(new Error(failure.message), { name: failure.name })
  }
}

function failureOf(error: unknown): Failure {
  const message = messageOf(error)
  if (error instanceof TrainerError) return { kind: 'trainer', fault: error.fault, message }
  if (error instanceof ModelError) return { kind: 'model', fault: error.fault, message }
  return { kind: 'other', name: error instanceof Error ? error.name : 'Error', message }
}
