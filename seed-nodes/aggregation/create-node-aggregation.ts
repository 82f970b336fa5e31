/** Aggregation in a worker thread, so that a seed goes on answering meanwhile. @module */
import { createRemoteAggregation, type RemoteAggregationInit } from '../../peer-core/aggregation/wasm/index.ts'
import type { Aggregation } from '../../peer-core/index.ts'
import { spawnWorker } from '../worker/spawn-worker.ts'

export function createNodeAggregation(init: RemoteAggregationInit = {}): Aggregation {
  return createRemoteAggregation(() => spawnWorker(new URL('./aggregation-worker.ts', import.meta.url)), init)
}
