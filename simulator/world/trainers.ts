/**
 * Trainers of virtual devices: the work is done at once by whatever does it, and takes as long as the device would. A
 * liar's is the same, and hands over something else.
 * @module
 */
import { flipLabels } from '../../peer-core/aggregation/attacks/index.ts'
import { sleep, type Trainer, type TrainJob, type TrainResult } from '../../peer-core/index.ts'
import type { VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { Coalition } from './coalition.ts'

export interface Pace {
  readonly clock: Pick<VirtualClock, 'now' | 'after' | 'hold'>
  /** now; a fault may change it */
  msPerStep(): number
}

/** Does what can be done in the job's time budget at this pace. */
export function pacedTrainer(inner: Trainer, { clock, msPerStep }: Pace): Trainer {
  return {
    ...inner,
    engine: { ...inner.engine, msPerStep: msPerStep() },
    async train(job, { signal, onProgress } = {}) {
      const started = clock.now()
      const pace = msPerStep()
      const steps = Math.max(1, Math.min(job.training.localSteps, Math.floor(job.timeBudgetMs / pace)))
      await sleep(clock, steps * pace, signal)
      const result = await clock.hold(inner.train(withSteps(job, steps)))
      onProgress?.({ step: steps, steps: job.training.localSteps, loss: result.loss })
      return { ...result, ms: clock.now() - started }
    },
    evaluate: (job) => clock.hold(inner.evaluate(job)),
  }
}

/** The job with this many steps and all the time in the world: how long it takes is the pace's business. */
export function withSteps(job: TrainJob, steps: number): TrainJob {
  return { ...job, training: { ...job.training, localSteps: steps }, timeBudgetMs: 86_400_000 }
}

export interface Lying {
  /** of the liar, in its coalition */
  readonly number: number
  isLying(): boolean
  /** A lie could not be made, and the peer tries again: whoever plays an attack wants to know that it does not take place. */
  onFailure(error: unknown): void
}

/** Lies while it is to: sends what the coalition forges in place of what it learned. */
export function lyingTrainer(inner: Trainer, coalition: Coalition, { number, isLying, onFailure }: Lying): Trainer {
  return {
    ...inner,
    async train(job, options): Promise<TrainResult> {
      const result = await inner.train(job, options)
      if (!isLying()) return result
      try {
        return { ...result, delta: await coalition.forge(job, number, result.delta) }
      } catch (error) {
        onFailure(error)
        throw error
      }
    },
  }
}

/** Says that it trains, and never comes to an end while `isLying`. */
export function silentTrainer(inner: Trainer, isLying: () => boolean): Trainer {
  return {
    ...inner,
    train(job, options = {}) {
      if (!isLying()) return inner.train(job, options)
      return new Promise((_, reject) => {
        const { signal } = options
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
  }
}

/** Trains as asked, and on wrong labels while `isLying`: it has both, and takes those that the time of the job calls for. */
export function flippingTrainer(inner: Trainer, isLying: () => boolean): Trainer {
  const flipped = (data: string) => `${data}/flipped`
  return {
    ...inner,
    async load(data, examples) {
      const labels = flipLabels(Uint8Array.from(examples.labels), examples.classes)
      await inner.load(data, examples)
      await inner.load(flipped(data), { ...examples, labels })
    },
    async unload(data) {
      await inner.unload(data)
      await inner.unload(flipped(data))
    },
    train: (job, options) => inner.train(isLying() ? { ...job, data: flipped(job.data) } : job, options),
  }
}
