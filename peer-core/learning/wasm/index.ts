import type { Trainer } from '../../ports/index.ts'
import { engineTrainer } from '../engine-trainer.ts'
import { wasmEngine } from './wasm-engine.ts'

export { wasmEngine } from './wasm-engine.ts'

/** @throws `TrainerError` `NO_ENGINE` where WebAssembly has no SIMD */
export async function createWasmTrainer(): Promise<Trainer> {
  return engineTrainer(await wasmEngine())
}
