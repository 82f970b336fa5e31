/** The trainer's compliance cases as a page runs them, and what the tests ask of it from outside. @module */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { messageOf } from '../../../peer-core/foundation/index.ts'
import {
  type EngineTrial,
  engineTrainer,
  generateHandwriting,
  initialWeights,
  presetModel,
} from '../../../peer-core/learning/index.ts'
import { tfjsEngine } from '../../../peer-core/learning/tfjs/tfjs-engine.ts'
import type { EngineInfo, Trainer } from '../../../peer-core/ports/index.ts'
import { classifierCases, trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import type { ModelSpec } from '../../../peer-core/wire/index.ts'
import { createWorkerTrainer } from '../../../web/worker/create-worker-trainer.ts'
import { wasmPaths } from '../../../web/worker/wasm-paths.ts'

export type Where = 'our WebAssembly in the worker' | 'WebGPU in the worker' | 'TF.js on WebAssembly'

export interface TrainingPage {
  readonly names: readonly string[]
  /** @returns the engine's detail */
  runCase(where: Where, index: number): Promise<string>
  /** Trains on WebGPU before and after this happens to its device. @returns how the second training failed */
  trainThrough(what: GpuFault): Promise<string>
  /** What the page would train with. */
  choose(): Promise<{ engine: EngineInfo; trials: readonly EngineTrial[] }>
}

export type GpuFault = 'its driver takes it away' | 'it has no room for a buffer'

const faults: Record<GpuFault, (device: GPUDevice) => void> = {
  'its driver takes it away': (device) => device.destroy(),
  // Half a petabyte.
  'it has no room for a buffer': (device) => device.createBuffer({ size: 2 ** 49, usage: GPUBufferUsage.STORAGE }),
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

  async trainThrough(what) {
    const trainer = engineTrainer(await tfjsEngine('webgpu'))
    const written = generateHandwriting({ writers: 1, examplesPerWriter: 20, seed: 1 })
    await trainer.load('data', written)
    const model: ModelSpec = {
      input: [28, 28, 1],
      layers: [{ kind: 'flatten' }, { kind: 'dense', units: 10, activation: 'linear' }],
    }
    const training = { localSteps: 2, batchSize: 8, learningRate: 0.01, momentum: 0.9 }
    const job = { model, training, weights: initialWeights(model, 1), data: 'data', seed: 1, timeBudgetMs: 1e9 }
    await trainer.train(job)
    faults[what]((tf.backend() as WebGPUBackend).device)
    const failure = await trainer.train(job).then(() => 'it trained', messageOf)
    await trainer.close()
    return failure
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
