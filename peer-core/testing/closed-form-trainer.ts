/**
 * A trainer without training: a pull to a point that the loaded examples set, for networks of many peers in one process.
 *
 * Class `c` has a target `t_c` in `R^d`, a fixed function of `c`; the examples' target `t` is the mean of `t_c` over their
 * labels. The loss of weights `w` is `½ ‖w − t‖²`, and training is gradient descent with momentum on it. So shards of
 * different labels pull apart, the mean of contributions weighted by examples pulls to the target of all examples, and a
 * network that aggregates rightly brings the loss on the test shard to 0 and the accuracy, `1 / (1 + loss)`, to 1.
 *
 * Only `+ − × ÷` of float64, rounded to float32: the same bits everywhere. Takes no time of its own; with a clock and
 * `msPerStep` it takes as long as a slow peer would.
 * @module
 */
import { seededRandom } from '../foundation/index.ts'
import { parameterCount, sizeOf } from '../learning/index.ts'
import {
  type Clock,
  type Examples,
  either,
  type LoadableExamples,
  realClock,
  sleep,
  type Trainer,
  TrainerError,
  type TrainResult,
} from '../ports/index.ts'
import type { ModelSpec } from '../wire/index.ts'

export interface ClosedFormInit {
  /** `realClock` when absent; used only with `msPerStep` */
  readonly clock?: Clock
  /** how long a step takes; 0 when absent */
  readonly msPerStep?: number
  /** Added to every coordinate of what training gives: a peer that trains on something else, or lies. */
  readonly bias?: number
}

export function closedFormTrainer({ clock = realClock, msPerStep = 0, bias = 0 }: ClosedFormInit = {}): Trainer {
  const loaded = new Map<string, LoadableExamples>()
  const closed = new AbortController()

  const examplesOf = (data: string): LoadableExamples => {
    if (closed.signal.aborted) throw closed.signal.reason
    const examples = loaded.get(data)
    if (examples === undefined) throw new TrainerError({ code: 'UNKNOWN_DATA', data })
    return examples
  }

  return {
    engine: { name: 'closed-form', detail: 'quadratic pull', msPerStep },
    async load(data, examples) {
      loaded.set(data, examples)
    },
    async unload(data) {
      loaded.delete(data)
    },

    async train(job, { signal, onProgress } = {}) {
      const examples = examplesOf(job.data)
      checkLength(job.model, job.weights)
      signal?.throwIfAborted()
      const { localSteps, learningRate, momentum, batchSize } = job.training
      const affordable = msPerStep === 0 ? localSteps : Math.floor(job.timeBudgetMs / msPerStep)
      const steps = Math.max(1, Math.min(localSteps, affordable))
      const started = clock.now()
      if (msPerStep > 0) {
        const until = either(closed.signal, ...(signal === undefined ? [] : [signal]))
        await sleep(clock, steps * msPerStep, until.signal).finally(until.clear)
      }

      const target = targetOf(examples, job.weights.length)
      const weights = Float64Array.from(job.weights)
      const velocity = new Float64Array(weights.length)
      const losses: number[] = []
      for (let step = 0; step < steps; step++) {
        const loss = lossOf(weights, target)
        if (!Number.isFinite(loss)) throw new TrainerError({ code: 'DIVERGED', step })
        losses.push(loss)
        for (let j = 0; j < weights.length; j++) {
          velocity[j] = momentum * velocity[j]! + (weights[j]! - target[j]!)
          weights[j] = weights[j]! - learningRate * velocity[j]!
        }
      }
      onProgress?.({ step: steps, steps: localSteps, loss: mean(losses) })
      return {
        delta: Float32Array.from(job.weights, (before, j) => weights[j]! + bias - before),
        steps,
        examples: steps * Math.min(batchSize, examples.labels.length),
        loss: mean(losses.slice(-Math.ceil(steps / 10))),
        ms: clock.now() - started,
      } satisfies TrainResult
    },

    async evaluate(job, { signal } = {}) {
      const examples = examplesOf(job.data)
      checkLength(job.model, job.weights)
      signal?.throwIfAborted()
      const loss = lossOf(job.weights, targetOf(examples, job.weights.length))
      return { loss, accuracy: 1 / (1 + loss), examples: examples.labels.length }
    },

    /** Every class is equally likely: there is nothing here to predict with. */
    async predict(model, weights, features) {
      checkLength(model, weights)
      const last = model.layers.at(-1)
      const classes = last?.kind === 'dense' ? last.units : 1
      return new Float32Array((features.length / sizeOf(model.input)) * classes).fill(1 / classes)
    },

    async close() {
      closed.abort(new TrainerError({ code: 'ENGINE_LOST', engine: 'closed-form', reason: 'closed' }))
    },
  }
}

/** Where these examples pull weights of length `d`, for tests that want to know where a network must arrive. */
export function targetOf(examples: Pick<Examples, 'labels'>, d: number): Float64Array {
  const counts = new Map<number, number>()
  for (const label of examples.labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  const target = new Float64Array(d)
  for (const [label, count] of [...counts].sort(([a], [b]) => a - b)) {
    const random = seededRandom(`closed-form/${label}`)
    const share = count / examples.labels.length
    for (let j = 0; j < d; j++) target[j] = target[j]! + share * (2 * random.next() - 1)
  }
  return target
}

function lossOf(weights: ArrayLike<number>, target: Float64Array): number {
  let squared = 0
  for (let j = 0; j < target.length; j++) {
    const off = weights[j]! - target[j]!
    squared += off * off
  }
  return squared / 2
}

function checkLength(model: ModelSpec, weights: Float32Array): void {
  const expected = parameterCount(model)
  if (weights.length !== expected) throw new TrainerError({ code: 'WRONG_LENGTH', expected, actual: weights.length })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
