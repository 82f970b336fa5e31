/**
 * A trainer in a worker thread, so that a seed goes on answering while it trains.
 *
 * TF.js finds its WebAssembly files beside its own code; nothing is served or configured here.
 * @module
 */
import { Worker } from 'node:worker_threads'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import type { Trainer } from '../../peer-core/index.ts'
import { createRemoteTrainer, type SpawnedWorker, type TrainerOptions } from '../../peer-core/learning/index.ts'

/**
 * @param options - `engine` by name, or `auto` with the model to measure on as `probe`
 * @throws {@link TrainerError} `NO_ENGINE`
 */
export function createNodeTrainer(options: TrainerOptions = {}): Promise<Trainer> {
  return createRemoteTrainer(spawnTrainingWorker, options)
}

export function spawnTrainingWorker(): SpawnedWorker & { readonly worker: Worker } {
  const worker = new Worker(new URL('./training-worker.ts', import.meta.url))
  return {
    worker,
    endpoint: nodeEndpoint(worker),
    onLost(call) {
      worker.on('error', (error) => call(error instanceof Error ? error.message : String(error)))
      worker.on('exit', (code) => call(`exit code ${code}`))
    },
    async terminate() {
      await worker.terminate()
    },
  }
}
