/** A trainer in a dedicated worker, so that the page stays quick while it trains. @module */
import type { SpawnedWorker, Trainer } from '../../peer-core/index.ts'
import { createRemoteTrainer, type RemoteTrainerOptions } from '../../peer-core/learning/worker/remote-trainer.ts'
import { dedicatedWorker } from './dedicated-worker.ts'

/**
 * @param options - `engine` by name, or `auto` with the model to measure on as `probe`
 * @throws {@link TrainerError} `NO_ENGINE`
 */
export function createWorkerTrainer(options: RemoteTrainerOptions = {}): Promise<Trainer> {
  return createRemoteTrainer(spawnTrainingWorker, options)
}

function spawnTrainingWorker(): SpawnedWorker {
  // In one expression: it is what the bundler looks for.
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url), { type: 'module', name: 'training' })
  return dedicatedWorker(worker)
}
