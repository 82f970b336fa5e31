/** A dedicated worker as what waits for its answers sees it. @module */
import type { SpawnedWorker } from '../../peer-core/index.ts'

/** @param worker - just started; made by whoever knows its script, for a bundler has to read where that is */
export function dedicatedWorker(worker: Worker): SpawnedWorker {
  return {
    endpoint: worker,
    onLost(call) {
      worker.addEventListener('error', (event) => call(event.message || 'its script failed'))
      worker.addEventListener('messageerror', () => call('a message could not be read'))
    },
    terminate: () => worker.terminate(),
  }
}
