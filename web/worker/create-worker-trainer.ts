/** A trainer in a dedicated worker, so that the page stays quick while it trains. @module */
import type { Trainer } from '../../peer-core/index.ts'
import type { TrainerOptions } from '../../peer-core/learning/engines.ts'
import { createRemoteTrainer } from '../../peer-core/learning/worker/remote-trainer.ts'
import type { SpawnedWorker } from '../../peer-core/learning/worker/worker-link.ts'

/**
 * @param options - `engine` by name, or `auto` with the model to measure on as `probe`
 * @throws {@link TrainerError} `NO_ENGINE`
 */
export function createWorkerTrainer(options: TrainerOptions = {}): Promise<Trainer> {
  return createRemoteTrainer(spawnTrainingWorker, options)
}

function spawnTrainingWorker(): SpawnedWorker {
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url), { type: 'module', name: 'training' })
  return {
    endpoint: worker,
    onLost(call) {
      worker.addEventListener('error', (event) => call(event.message || 'its script failed'))
      worker.addEventListener('messageerror', () => call('a message could not be read'))
    },
    terminate: () => worker.terminate(),
  }
}
