/**
 * The worker's side of a trainer: answers {@link TrainingService} on an endpoint. Results are moved, not copied.
 * @module
 */
import * as comlink from 'comlink'
import { type Trainer, TrainerError, type TrainProgress } from '../../ports/index.ts'
import { createTrainer, type EngineTrial, type TrainerOptions } from '../engines.ts'
import { type CallId, outcomeOf, type TrainingService } from './protocol.ts'

/** @param create - with what only the worker knows, such as where its WebAssembly files are */
export function serveTrainer(
  endpoint: comlink.Endpoint,
  create: (options: TrainerOptions) => Promise<Trainer> = createTrainer,
): void {
  let trainer: Trainer | undefined
  const running = new Map<CallId, AbortController>()

  const opened = (): Trainer => {
    if (trainer !== undefined) return trainer
    throw new TrainerError({ code: 'ENGINE_LOST', engine: 'none', reason: 'no engine is open in this worker' })
  }
  const cancellable = async <T>(call: CallId, run: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const controller = new AbortController()
    running.set(call, controller)
    try {
      return await run(controller.signal)
    } finally {
      running.delete(call)
    }
  }

  const service: TrainingService = {
    open: (options) =>
      outcomeOf(async () => {
        const trials: EngineTrial[] = []
        trainer = await create({ ...options, onTrial: (trial) => void trials.push(trial) })
        return { engine: trainer.engine, trials }
      }),
    load: (data, examples) => outcomeOf(() => opened().load(data, examples)),
    unload: (data) => outcomeOf(() => opened().unload(data)),
    async train(call, job, onProgress) {
      const report = onProgress as comlink.Remote<NonNullable<typeof onProgress>> | undefined
      let told: unknown
      const outcome = await outcomeOf(() =>
        cancellable(call, async (signal) => {
          const tell = (progress: TrainProgress) => {
            told = report?.(progress)
          }
          const result = await opened().train(job, { signal, onProgress: tell })
          // It travels on a port of its own: the last word must not come after the result.
          await told
          return result
        }),
      )
      report?.[comlink.releaseProxy]()
      return 'value' in outcome ? comlink.transfer(outcome, [outcome.value.delta.buffer]) : outcome
    },
    evaluate: (call, job) => outcomeOf(() => cancellable(call, (signal) => opened().evaluate(job, { signal }))),
    async predict(model, weights, features) {
      const outcome = await outcomeOf(() => opened().predict(model, weights, features))
      return 'value' in outcome ? comlink.transfer(outcome, [outcome.value.buffer]) : outcome
    },
    cancel: (call) => running.get(call)?.abort(),
  }
  comlink.expose(service, endpoint)
}
