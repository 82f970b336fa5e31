/** A worker thread as what waits for its answers sees it. @module */
import { Worker } from 'node:worker_threads'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import type { SpawnedWorker } from '../../peer-core/index.ts'

export interface NodeWorker extends SpawnedWorker {
  readonly worker: Worker
}

/** @param script - a module that serves its `parentPort` */
export function spawnWorker(script: URL): NodeWorker {
  const worker = new Worker(script)
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
