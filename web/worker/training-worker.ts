/** A dedicated worker that trains. It is started by {@link createWorkerTrainer} and by nobody else. @module */
import type { Endpoint } from 'comlink'
import { createTrainer } from '../../peer-core/learning/engines.ts'
import { serveTrainer } from '../../peer-core/learning/worker/serve-trainer.ts'
import { wasmPaths } from './wasm-paths.ts'

serveTrainer(self as Endpoint, (options) => createTrainer({ wasmPaths, ...options }))
