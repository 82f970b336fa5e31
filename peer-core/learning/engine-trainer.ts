/**
 * A `Trainer` of an {@link Engine}.
 *
 * A GPU runs behind its queue, and reading from it is dear: losses are read every few steps, as many as take about
 * {@link readEveryMs}, which also bounds how far the queue may run ahead of a cancel or of the time budget.
 * @module
 */
import { type Trainer, TrainerError, type TrainResult } from '../ports/index.ts'
import type { ModelSpec } from '../wire/index.ts'
import type { Engine, Moments } from './engine.ts'
import { type ExampleSource, sourceOf } from './example-source.ts'
import { guarded } from './guard.ts'
import { layerShapes, logitsOf, sizeOf } from './model.ts'
import { checkFeatures, checkFit, checkWeights } from './model-input.ts'
import { scoring, softmaxRows } from './scoring.ts'
import { turn } from './turn.ts'

/** Between two reads of losses, and so between two reports of progress. */
export const readEveryMs = 100
/** Steps between two reads, at most: each keeps a loss on the device. */
const mostUnread = 64
/** Values of the widest activation while several examples go forwards at once. */
const forwardValues = 4 * 1024 * 1024

/** @param now - milliseconds, for budgets and for what is reported */
export function engineTrainer(anEngine: Engine, now: () => number = () => performance.now()): Trainer {
  const engine = guarded(anEngine)
  const loaded = new Map<string, ExampleSource>()
  const kept = keptMoments()
  const closing = new AbortController()

  const examplesOf = (data: string): ExampleSource => {
    closing.signal.throwIfAborted()
    const examples = loaded.get(data)
    if (examples === undefined)
      throw new TrainerError({ code: 'UNKNOWN_DATA', data }, `no data named ${data} is loaded`)
    return examples
  }

  const heed = (signal?: AbortSignal) => {
    closing.signal.throwIfAborted()
    signal?.throwIfAborted()
  }

  /** Lets a cancel arrive, and heeds it. */
  const pause = async (signal?: AbortSignal) => {
    await turn()
    heed(signal)
  }

  /** Logits of `count` examples, some at a time. @param gather - features of `some` examples from `from` on */
  async function forEachLogits(
    { model, weights, count }: { model: ModelSpec; weights: Float32Array; count: number },
    gather: (from: number, some: number) => Float32Array | Promise<Float32Array>,
    use: (logits: Float32Array, from: number, some: number) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const open = await engine.openModel(model, weights, count)
    try {
      const rows = rowsAtOnce(model)
      for (let from = 0; from < count; from += rows) {
        await pause(signal)
        const some = Math.min(rows, count - from)
        use(await open.logits(await gather(from, some), some), from, some)
      }
      await pause(signal)
    } finally {
      open.dispose()
    }
  }

  return {
    engine: engine.info,

    async load(data, examples) {
      closing.signal.throwIfAborted()
      loaded.set(data, sourceOf(examples))
    },

    async unload(data) {
      loaded.delete(data)
      kept.delete(data)
    },

    async train(job, { signal, onProgress } = {}) {
      const examples = examplesOf(job.data)
      checkFit(job.model, job.weights, examples.fit)
      signal?.throwIfAborted()
      const started = now()
      const { batchSize, localEpochs, keepMomentum } = job.training
      const batches = examples.batches(batchSize, job.seed)
      const losses: number[] = []
      const localSteps = localEpochs
        ? Math.ceil((localEpochs * examples.count) / batches.size)
        : job.training.localSteps
      // Everyone comes to the same place in the schedule by the end of a round.
      const stride = job.training.localSteps / localSteps
      const moments = keepMomentum ? kept.get(job.data, job.model) : undefined
      const run = await engine.startRun({ ...job, batchSize: batches.size, stride, moments })
      try {
        let unread = 0
        let readAfter = 1
        let lastRead = now()
        for (let step = 1, last = false; !last; step++) {
          const { features, labels } = await batches.next()
          run.step(features, labels)
          unread++
          await pause(signal)
          last = step === localSteps || now() - started >= job.timeBudgetMs
          if (!last && unread < readAfter && now() - lastRead < readEveryMs) continue

          const fresh = await run.losses()
          await pause(signal)
          checkFinite(fresh, losses.length)
          losses.push(...fresh)
          onProgress?.({ step, steps: localSteps, loss: mean(fresh) })
          heed(signal)
          const msPerStep = (now() - lastRead) / unread
          readAfter = Math.max(1, Math.min(mostUnread, 4 * readAfter, Math.floor(readEveryMs / msPerStep)))
          lastRead = now()
          unread = 0
        }
        const after = await run.weights()
        await pause(signal)
        checkFinite(after, losses.length)
        if (keepMomentum) kept.set(job.data, job.model, await run.moments())
        const steps = losses.length
        return {
          delta: after.map((weight, j) => weight - job.weights[j]!),
          steps,
          examples: steps * batches.size,
          loss: mean(losses.slice(-Math.ceil(steps / 10))),
          ms: now() - started,
        } satisfies TrainResult
      } finally {
        run.dispose()
      }
    },

    async evaluate({ model, weights, data }, { signal } = {}) {
      const examples = examplesOf(data)
      const { labels, count, positions, fit } = examples
      checkFit(model, weights, fit)
      signal?.throwIfAborted()
      const scores = scoring(fit.classes)
      await forEachLogits(
        { model, weights, count },
        examples.read,
        (logits, from, some) => {
          scores.add(logits, labels.subarray(from * positions, (from + some) * positions))
        },
        signal,
      )
      return scores.result(count)
    },

    async predict(model, weights, features) {
      closing.signal.throwIfAborted()
      const { positions, classes } = logitsOf(model)
      const count = checkFeatures(model, features)
      checkWeights(model, weights)
      const size = sizeOf(model.input)
      const out = new Float32Array(count * positions * classes)
      await forEachLogits(
        { model, weights, count },
        (from, some) => features.subarray(from * size, (from + some) * size),
        (logits, from) => out.set(logits, from * positions * classes),
      )
      softmaxRows(out, classes)
      return out
    },

    async close() {
      if (closing.signal.aborted) return
      closing.abort(new TrainerError({ code: 'ENGINE_LOST', engine: engine.info.name, reason: 'closed' }))
      loaded.clear()
      await engine.close()
    },
  }
}

/** Moments that outlive a training: of each data's last, if it was of the same model. */
function keptMoments() {
  const byData = new Map<string, { readonly model: string; readonly moments: Moments }>()
  return {
    get(data: string, model: ModelSpec): Moments | undefined {
      const found = byData.get(data)
      return found?.model === JSON.stringify(model) ? found.moments : undefined
    },
    set(data: string, model: ModelSpec, moments: Moments): void {
      byData.set(data, { model: JSON.stringify(model), moments })
    },
    delete: (data: string) => byData.delete(data),
  }
}

function checkFinite(values: Float32Array, stepsBefore: number): void {
  const at = values.findIndex((value) => !Number.isFinite(value))
  if (at !== -1) throw new TrainerError({ code: 'DIVERGED', step: stepsBefore + at })
}

function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum / values.length
}

/** How many examples go through a model at once. */
function rowsAtOnce(model: ModelSpec): number {
  const widest = Math.max(sizeOf(model.input), ...layerShapes(model).map(sizeOf))
  return Math.max(1, Math.min(512, Math.floor(forwardValues / widest)))
}
