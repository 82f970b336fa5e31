/**
 * A dedicated worker that trains. It is started by {@link createWorkerTrainer} and by nobody else.
 *
 * TF.js's WebAssembly files are the page's own, under names that hold a hash of their content.
 * @module
 */
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url'
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url'
import type { Endpoint } from 'comlink'
import { createTrainer } from '../../peer-core/learning/engines.ts'
import { serveTrainer } from '../../peer-core/learning/worker/serve-trainer.ts'

const wasmPaths = {
  'tfjs-backend-wasm.wasm': new URL(plainUrl, import.meta.url).href,
  'tfjs-backend-wasm-simd.wasm': new URL(simdUrl, import.meta.url).href,
}

serveTrainer(self as Endpoint, (options) => createTrainer({ wasmPaths, ...options }))
