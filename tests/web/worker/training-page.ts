/** The trainer's compliance cases as a page runs them, and what the tests ask of it from outside. @module */
import { type EngineTrial, engineTrainer, presetModel } from '../../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import type { EngineInfo, Trainer } from '../../../peer-core/ports/index.ts'
import { classifierCases, trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import { createWorkerTrainer } from '../../../web/worker/create-worker-trainer.ts'
import { wasmPaths } from '../../../web/worker/wasm-paths.ts'

export type Where = 'our WebAssembly in the worker' | 'WebGPU in the worker' | 'TF.js on WebAssembly'

export interface TrainingPage {
  readonly names: readonly string[]
  /** @returns the engine's detail */
  runCase(where: Where, index: number): Promise<string>
  /** What the page would train with. */
  choose(): Promise<{ engine: EngineInfo; trials: readonly EngineTrial[] }>
}

const cases = [...trainerCases, ...classifierCases]

const create: Record<Where, () => Promise<Trainer>> = {
  'our WebAssembly in the worker': () => createWorkerTrainer({ engine: 'wasm' }),
  'WebGPU in the worker': () => createWorkerTrainer({ engine: 'webgpu' }),
  'TF.js on WebAssembly': async () => engineTrainer(await tfjsEngine('wasm', { wasmPaths })),
}

const page: TrainingPage = {
  names: cases.map(({ name }) => name),

  async runCase(where, index) {
    const opened: Trainer[] = []
    try {
      await cases[index]!.run(async () => {
        const trainer = await create[where]()
        opened.push(trainer)
        return trainer
      })
      return opened[0]!.engine.detail
    } finally {
      for (const trainer of opened) await trainer.close()
    }
  },

  async choose() {
    const trials: EngineTrial[] = []
    const probe = { model: presetModel('mlp', { shape: [28, 28, 1], classes: 10 }), batchSize: 32 }
    const trainer = await createWorkerTrainer({ probe, onTrial: (trial) => void trials.push(trial) })
    await trainer.close()
    return { engine: trainer.engine, trials }
  },
}

Object.assign(globalThis, { trainingPage: page })
