/**
 * Training behind a port: TF.js on WebGPU, WASM or the CPU in a worker; closed form in tests.
 *
 * Weights are one `Float32Array`: the parameters of each layer in order (kernel, then bias), row-major, as
 * `parameterShapes` in the learning room lists them.
 * @module
 */
import type { ModelSpec, TrainingSpec } from '../wire/task.ts'

export type EngineName = 'webgpu' | 'wasm' | 'cpu' | 'closed-form'

export interface EngineInfo {
  readonly name: EngineName
  /** For a person: adapter or library and its version. */
  readonly detail: string
  /** Median of a measured probe; absent where nothing was measured. */
  readonly msPerStep?: number
}

/** By its type: bytes are scaled to [0, 1] by `1/255` on use; 16-bit integers are token ids and, as floats, stay as they are. */
export type Features = Uint8Array | Uint16Array | Float32Array

/** Class indices; 16 bits wide where there are more than 256 classes. */
export type Labels = Uint8Array | Uint16Array

/**
 * Labelled examples. A sequence has a label at every position: the token that follows, for a language model. How many labels
 * an example has is `labels.length / n`, the same for all, with `n = features.length / (product of shape)`.
 */
export interface Examples {
  /** of one example, e.g. `[28, 28, 1]` for an image, `[128]` for as many tokens */
  readonly shape: readonly number[]
  /** at most 65,536 */
  readonly classes: number
  /** `n × shape`, row-major */
  readonly features: Features
  /** `n`, or `n × positions`, row-major */
  readonly labels: Labels
}

/**
 * Images whose bytes lie in a file or a blob: `n × shape` bytes, row-major, of which a trainer reads a few pieces at a time. Labels,
 * one an image, are in memory.
 */
export interface StreamedExamples {
  readonly shape: readonly number[]
  readonly classes: number
  readonly features: Blob
  readonly labels: Labels
}

export type LoadableExamples = Examples | StreamedExamples

export function isStreamed(examples: LoadableExamples): examples is StreamedExamples {
  return examples.features instanceof Blob
}

export interface TrainProgress {
  readonly step: number
  readonly steps: number
  /** mean over the steps since the last report */
  readonly loss: number
}

export interface TrainJob {
  readonly model: ModelSpec
  readonly training: TrainingSpec
  /** Name under which `load` was called. */
  readonly data: string
  /** Weights to start from; not changed. */
  readonly weights: Float32Array
  /** Of shuffling and dropout: the same seed gives the same batches. */
  readonly seed: number
  /** What earlier rounds count in the learning rate's schedule: `localSteps` each; 0 when absent. */
  readonly stepsBefore?: number
  /** Stops early, between two steps, and returns what it managed: one step at least. */
  readonly timeBudgetMs: number
}

export interface TrainResult {
  /** `weights after − weights before`, `float32[d]` */
  readonly delta: Float32Array
  readonly steps: number
  /** Examples seen, repeats counted. */
  readonly examples: number
  /** mean training loss of the last tenth of the steps */
  readonly loss: number
  readonly ms: number
}

export interface EvaluateJob {
  readonly model: ModelSpec
  readonly data: string
  readonly weights: Float32Array
}

export interface Evaluation {
  /** mean cross-entropy of a label, in nats */
  readonly loss: number
  /** share of labels that are the most likely class, in [0, 1] */
  readonly accuracy: number
  readonly examples: number
  /** Of two classes: the chance that one of the second scores above one of the first; absent unless both occur. */
  readonly auc?: number
  /** Of two classes: the harmonic mean of precision and recall of the second. */
  readonly f1?: number
  /** `classes × classes`, row-major: labels of a class (row) by what was said of them (column); absent of many classes. */
  readonly confusion?: readonly number[]
}

export interface Trainer {
  readonly engine: EngineInfo
  /** Hands examples over, to be used by name. Loading the same name again replaces them. */
  load(data: string, examples: LoadableExamples): Promise<void>
  unload(data: string): Promise<void>
  /**
   * @throws the reason of `signal` within one step of its abort; {@link TrainerError} `DIVERGED` when the loss is not
   * finite, with the number of steps before that one; `UNKNOWN_DATA`, `WRONG_LENGTH`, `ENGINE_LOST`
   */
  train(
    job: TrainJob,
    options?: { signal?: AbortSignal; onProgress?: (progress: TrainProgress) => void },
  ): Promise<TrainResult>
  evaluate(job: EvaluateJob, options?: { signal?: AbortSignal }): Promise<Evaluation>
  /**
   * @param features - `n × shape` float32, as training sees them: bytes scaled to [0, 1], token ids as they are
   * @returns class probabilities, `n × classes`, or `n × positions × classes` of a sequence model
   */
  predict(model: ModelSpec, weights: Float32Array, features: Float32Array): Promise<Float32Array>
  /** Frees the engine; a running call rejects. */
  close(): Promise<void>
}
