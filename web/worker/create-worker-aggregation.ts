/** Aggregation in a dedicated worker, so that the page stays quick meanwhile. @module */
import { createRemoteAggregation } from '../../peer-core/aggregation/wasm/worker/remote-aggregation.ts'
import type { Aggregation, SpawnedWorker } from '../../peer-core/index.ts'
import { dedicatedWorker } from './dedicated-worker.ts'

export function createWorkerAggregation(): Aggregation {
  return createRemoteAggregation(spawnAggregationWorker)
}

function spawnAggregationWorker(): SpawnedWorker {
  // In one expression: it is what the bundler looks for.
  const worker = new Worker(new URL('./aggregation-worker.ts', import.meta.url), {
    type: 'module',
    name: 'aggregation',
  })
  return dedicatedWorker(worker)
}
