/** Answers on the page's own thread, so that nobody who tries the model waits for the worker that trains it. @module */
import { createPredictor, type Predictor } from '../peer-core/learning/predictor.ts'
import { wasmEngine } from '../peer-core/learning/wasm/index.ts'

/** @returns `undefined` where WebAssembly has no SIMD: the worker's trainer answers there */
export async function createPagePredictor(): Promise<Predictor | undefined> {
  const engine = await wasmEngine().catch(() => undefined)
  return engine && createPredictor(engine)
}
