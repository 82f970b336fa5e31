/**
 * What the page (or Node's main thread) and its training worker say to each other, by comlink.
 *
 * comlink carries an error's message only, so every answer is an {@link Outcome}: faults arrive whole.
 * @module
 */
import { type Fault, messageOf, ZenError } from '../../foundation/index.ts'
import {
  type EngineInfo,
  type EvaluateJob,
  type Evaluation,
  type Examples,
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

interface Failure {
  readonly name: string
  readonly message: string
  readonly fault?: Fault
}

/** Names the call to cancel. */
export type CallId = number

/** The worker's side. */
export interface TrainingService {
  open(options: Omit<TrainerOptions, 'onTrial'>): Promise<Outcome<Opened>>
  load(data: string, examples: Examples): Promise<Outcome<void>>
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
    const name = error instanceof Error ? error.name : 'Error'
    return { failure: { name, message: messageOf(error), fault: error instanceof ZenError ? error.fault : undefined } }
  }
}

/** @throws the error that was caught on the other side: of the same class, with the same fault */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  const { name, message, fault } = outcome.failure
  if (name === TrainerError.name) throw new TrainerError(fault as TrainerFault, message)
  if (name === ModelError.name) throw new ModelError(fault as ModelFault, message)
  throw Object.assign(new Error(message), { name })
}
