/**
 * Answers of committed models, an example at a time, on the thread that asks: a small model answers in less time than a
 * message to a worker and back takes while the worker trains.
 *
 * The last model stays open, its weights in place, planned for one example until more are asked for at once. Answers are
 * remembered by the hashes of model and input: what is addressed by its content never goes stale, so the least lately used goes
 * when there are too many, and nothing else ever does.
 * @module
 */
import { sha256 } from '../foundation/index.ts'
import type { ModelSpec } from '../wire/index.ts'
import type { Engine, OpenModel } from './engine.ts'
import { guarded } from './guard.ts'
import { logitsOf } from './model.ts'
import { checkFeatures, checkWeights } from './model-input.ts'
import { softmaxRows } from './scoring.ts'

export interface CommittedModel {
  /** of these weights and no others: their hash */
  readonly id: string
  readonly spec: ModelSpec
  /** Asked for when the model is not open; not changed, and not kept. */
  weights(): Promise<Float32Array>
}

export interface Predictor {
  /**
   * @param features - of one example or more, as training sees them
   * @returns class probabilities, `n × positions × classes`; the caller's
   * @throws {@link ModelError} as the check of a model; {@link TrainerError} `WRONG_LENGTH`, `ENGINE_LOST`; what
   * {@link CommittedModel.weights} throws
   */
  predict(model: CommittedModel, features: Float32Array): Promise<Float32Array>
  /** Frees what is open, and the engine. */
  close(): Promise<void>
}

/** @param mostAnswers - that are remembered */
export function createPredictor(anEngine: Engine, mostAnswers = 256): Predictor {
  const engine = guarded(anEngine)
  const answers = new Map<string, Float32Array>()
  let open: { readonly id: string; readonly forOne: boolean; readonly model: Promise<OpenModel> } | undefined

  const opened = (given: CommittedModel, count: number): Promise<OpenModel> => {
    const forOne = count <= 1
    if (open?.id === given.id && (forOne || !open.forOne)) return open.model
    const before = open?.model
    const model = given.weights().then((weights) => {
      checkWeights(given.spec, weights)
      return engine.openModel(given.spec, weights, forOne ? 1 : undefined)
    })
    open = { id: given.id, forOne, model }
    model.catch(() => {
      if (open?.model === model) open = undefined
    })
    void before?.then((old) => old.dispose()).catch(() => {})
    return model
  }
  const remember = (key: string, answer: Float32Array) => {
    answers.delete(key)
    answers.set(key, answer)
    if (answers.size > mostAnswers) answers.delete(answers.keys().next().value!)
  }

  return {
    async predict(given, features) {
      const count = checkFeatures(given.spec, features)
      const { buffer, byteOffset, byteLength } = features
      const key = `${given.id}/${sha256(new Uint8Array(buffer, byteOffset, byteLength))}`
      let answer = answers.get(key)
      if (answer === undefined) {
        const model = await opened(given, count)
        answer = await model.logits(features, count)
        softmaxRows(answer, logitsOf(given.spec).classes)
      }
      remember(key, answer)
      return answer.slice()
    },

    async close() {
      answers.clear()
      const last = await open?.model.catch(() => undefined)
      open = undefined
      last?.dispose()
      await engine.close()
    },
  }
}
