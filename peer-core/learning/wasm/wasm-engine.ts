/**
 * The engine on WebAssembly SIMD, ours: every model runs as a {@link Program} of its own memory, on the thread that asks.
 *
 * A static plan and not kernels registered into TF.js's backend: both were measured (`tfjs-wasm` in tests/bench/train.ts is that
 * backend with what it lacks composed from its own kernels). An operation there knows nothing of its neighbours, and the
 * gain is between them: a pool inside its convolution, gradients known to be zero before anything is multiplied, a few
 * images at a time through all layers; besides, every operation makes and frees tensors.
 *
 * Answers are the same bits wherever: no relaxed SIMD, no threads, sums in a fixed order. Training takes fused multiply-adds
 * where there are any: a delta is the peer's own, and nobody computes it again. docs/training.md has what each brings.
 * @module
 */
import { TrainerError } from '../../ports/index.ts'
import type { ModelSpec } from '../../wire/index.ts'
import type { Engine, OpenModel, PartRun, Run, RunStart } from '../engine.ts'
import { layerShapes, sizeOf } from '../model.ts'
import { compileKernels, compileRelaxedKernels } from './kernels.ts'
import { inferenceProgram } from './program.ts'
import { programPool } from './program-pool.ts'
import { partProgram, trainingProgram } from './training-program.ts'

/** Examples that go through a model at once where nothing is trained, at most, and the values of their widest activation. */
const inferenceBatch = 64
const inferenceValues = 4 * 1024 * 1024

export interface WasmEngineOptions {
  /** Training gives the same bits on every processor, too. */
  readonly exact?: boolean
}

/**
 * Examples that a model is planned for where nothing is trained. A recurrent layer computes all of them, however few are asked
 * for: one answer of `char-lstm` by a plan for 64 takes four times as long, and twelve times the memory.
 */
export function examplesAtOnce(model: ModelSpec, atOnce = inferenceBatch): number {
  const widest = Math.max(sizeOf(model.input), ...layerShapes(model).map(sizeOf))
  return Math.max(1, Math.min(inferenceBatch, atOnce, Math.floor(inferenceValues / widest)))
}

/** @throws {@link TrainerError} `NO_ENGINE` where WebAssembly has no SIMD */
export async function wasmEngine({ exact = false }: WasmEngineOptions = {}): Promise<Engine> {
  const exactly = await compileKernels().catch((cause: unknown) => {
    throw new TrainerError({ code: 'NO_ENGINE', tried: 'wasm' }, 'WebAssembly SIMD does not run here', { cause })
  })
  const quickly = exact ? exactly : await compileRelaxedKernels()
  const training = programPool((model, batch) => trainingProgram(quickly, model, batch))
  const parts = programPool((model, batch) => partProgram(quickly, model, batch))
  const inference = programPool((model, batch) => inferenceProgram(exactly, model, batch))
  return {
    info: { name: 'wasm', detail: 'Zen Mesh kernels, WebAssembly with SIMD' },

    async startRun(start: RunStart): Promise<Run> {
      const { program, release } = await training.take(start.model, start.batchSize)
      program.begin(start)
      let unread: number[] = []
      return {
        step(features, labels) {
          unread.push(program.step(features, labels))
        },
        async losses() {
          const taken = Float32Array.from(unread)
          unread = []
          return taken
        },
        async weights() {
          return program.parameters.read()
        },
        async moments() {
          return program.moments()
        },
        dispose: release,
      }
    },

    async startPart(start: RunStart): Promise<PartRun> {
      const { program, release } = await parts.take(start.model, start.batchSize)
      program.begin(start)
      return {
        async forward(inputs) {
          return program.forward(inputs)
        },
        async loss(inputs, labels) {
          return program.loss(inputs, labels)
        },
        async backward(inputs, gradient) {
          return program.backward(inputs, gradient)
        },
        async update() {
          program.update()
        },
        async weights() {
          return program.parameters.read()
        },
        dispose: release,
      }
    },

    async openModel(model, weights, atOnce): Promise<OpenModel> {
      const size = sizeOf(model.input)
      const logits = sizeOf(layerShapes(model).at(-1)!)
      const batch = examplesAtOnce(model, atOnce)
      const { program, release } = await inference.take(model, batch)
      program.parameters.load(weights)
      return {
        async logits(features, count) {
          const out = new Float32Array(count * logits)
          for (let from = 0; from < count; from += batch) {
            const some = Math.min(batch, count - from)
            out.set(program.logits(features.subarray(from * size, (from + some) * size), some), from * logits)
          }
          return out
        },
        dispose: release,
      }
    },

    async close() {
      training.clear()
      parts.clear()
      inference.clear()
    },
  }
}
