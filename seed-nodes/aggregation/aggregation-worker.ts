/** A worker thread that aggregates. It is started by {@link createNodeAggregation} and by nobody else. @module */
import { parentPort } from 'node:worker_threads'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { serveAggregation } from '../../peer-core/aggregation/wasm/index.ts'

if (parentPort === null) throw new Error('aggregation-worker.ts runs in a worker thread')
serveAggregation(nodeEndpoint(parentPort))
