/** A worker thread that trains. It is started by {@link createNodeTrainer} and by nobody else. @module */
import { parentPort } from 'node:worker_threads'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { createTrainer, serveTrainer } from '../../peer-core/learning/index.ts'
import { provideDawn } from './dawn.ts'

if (parentPort === null) throw new Error('training-worker.ts runs in a worker thread')
serveTrainer(nodeEndpoint(parentPort), (options) => createTrainer({ provideGpu: provideDawn, ...options }))
