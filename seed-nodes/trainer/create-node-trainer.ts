/**
 * A trainer in a worker thread, so that a seed goes on answering while it trains.
 *
 * TF.js finds its WebAssembly files beside its own code; nothing is served or configured here.
 * @module
 */
import type { Trainer } from '../../peer-core/index.ts'
import { createRemoteTrainer, type TrainerOptions } from '../../peer-core/learning/index.ts'
import { type NodeWorker, spawnWorker } from '../worker/spawn-worker.ts'

/**
 * @param options - `engine` by name, or `auto` with the model to measure on as `probe`
 * @throws {@link TrainerError} `NO_ENGINE`
 */
export function createNodeTrainer(options: TrainerOptions = {}): Promise<Trainer> {
  return createRemoteTrainer(spawnTrainingWorker, options)
}

export function spawnTrainingWorker(): NodeWorker {
  return spawnWorker(new URL('./training-worker.ts', import.meta.url))
}
