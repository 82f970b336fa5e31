/**
 * The engine on TF.js: WebGPU, WASM or plain JavaScript.
 *
 * Every tensor made here is disposed here; `tf.memory().numTensors` is the same before and after each run.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'
import type { ModelSpec } from '../../wire/index.ts'
import type { Engine, OpenModel } from '../engine.ts'
import { resolveModel } from '../model.ts'
import { type BackendName, type BackendOptions, openBackend } from './backend.ts'
import { applyModel } from './layers.ts'
import { type Session, startPart, startRun, tensorsOf } from './training.ts'

/** @throws when this machine has no such backend */
export async function tfjsEngine(name: BackendName, options: BackendOptions = {}): Promise<Engine> {
  const backend = await openBackend(name, options)
  const inTurn = <T extends tf.TensorContainer>(compute: () => T): T => {
    backend.check()
    backend.engage()
    return tf.tidy(compute)
  }
  /** Disposes what is open, lest it is done later, without its backend. */
  const open = new Set<() => void>()
  const disposable = (dispose: () => void) => {
    const once = () => {
      if (open.delete(once)) dispose()
    }
    open.add(once)
    return once
  }
  const read = async (make: () => tf.Tensor): Promise<Float32Array> => {
    const tensor = inTurn(make)
    try {
      const values = (await tensor.data()) as Float32Array
      backend.check()
      return values
    } finally {
      tensor.dispose()
    }
  }

  const session: Session = { inTurn, disposable, read }
  return {
    info: { name, detail: backend.detail },

    startRun: async (start) => startRun(session, start),
    startPart: async (start) => startPart(session, start),

    async openModel(model: ModelSpec, weights: Float32Array): Promise<OpenModel> {
      const parameters = inTurn(() => tensorsOf(model, weights))
      const nodes = resolveModel(model)
      return {
        logits: (features, count) =>
          read(() => applyModel(nodes, { parameters }, tf.tensor(features, [count, ...model.input])).y),
        dispose: disposable(() => tf.dispose(parameters)),
      }
    },

    async close() {
      for (const dispose of [...open]) dispose()
      backend.close()
    },
  }
}
