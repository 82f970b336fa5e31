/**
 * The engine on TF.js: WebGPU, WASM or plain JavaScript.
 *
 * Every tensor made here is disposed here; `tf.memory().numTensors` is the same before and after each run.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'
import type { ModelSpec } from '../../wire/index.ts'
import { stepKey } from '../dropout.ts'
import type { Engine, OpenModel, Run, RunStart } from '../engine.ts'
import { logitsOf, parameterShapes, resolveModel } from '../model.ts'
import { type BackendName, type BackendOptions, openBackend } from './backend.ts'
import { applyModel, softmaxCrossEntropy } from './layers.ts'

/** @throws when this machine has no such backend */
export async function tfjsEngine(name: BackendName, options: BackendOptions = {}): Promise<Engine> {
  const backend = await openBackend(name, options)
  const inTurn = <T extends tf.TensorContainer>(compute: () => T): T => {
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
      return (await tensor.data()) as Float32Array
    } finally {
      tensor.dispose()
    }
  }

  return {
    info: { name, detail: backend.detail },

    async startRun({ model, training, weights, batchSize, seed }: RunStart): Promise<Run> {
      const { positions, classes } = logitsOf(model)
      const nodes = resolveModel(model)
      const rows = batchSize * positions
      const { learningRate, momentum } = training
      let parameters = inTurn(() => tensorsOf(model, weights))
      let velocities: tf.Tensor[] = []
      let unread: tf.Tensor[] = []
      let steps = 0
      const oneHot = new Float32Array(rows * classes)

      return {
        step(features, labels) {
          oneHot.fill(0)
          for (const [row, label] of labels.entries()) oneHot[row * classes + label] = 1
          const after = inTurn(() => {
            const x = tf.tensor(features, [batchSize, ...model.input])
            const { y, pull } = applyModel(nodes, { parameters, dropoutKey: stepKey(seed, steps++) }, x)
            const logits = tf.reshape(y, [rows, classes])
            const { loss, dLogits } = softmaxCrossEntropy(logits, tf.tensor(oneHot, [rows, classes]))
            const gradients = [...pull(tf.reshape(dLogits, y.shape)).gradients]
            const moved =
              momentum === 0 || velocities.length === 0
                ? gradients
                : gradients.map((gradient, i) => tf.add(tf.mul(velocities[i]!, momentum), gradient))
            const updated = parameters.map((parameter, i) => tf.sub(parameter, tf.mul(moved[i]!, learningRate)))
            return { parameters: updated, velocities: momentum === 0 ? [] : moved, loss: tf.reshape(loss, [1]) }
          })
          tf.dispose([parameters, velocities])
          parameters = after.parameters
          velocities = after.velocities
          unread.push(after.loss)
        },
        async losses() {
          if (unread.length === 0) return new Float32Array(0)
          const taken = unread
          unread = []
          try {
            return await read(() => tf.concat(taken))
          } finally {
            tf.dispose(taken)
          }
        },
        weights: () => read(() => tf.concat(parameters.map((parameter) => tf.reshape(parameter, [-1])))),
        dispose: disposable(() => tf.dispose([parameters, velocities, unread])),
      }
    },

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

function tensorsOf(model: ModelSpec, weights: Float32Array): tf.Tensor[] {
  // A copy of each: the plain backend keeps the array that it is given.
  return parameterShapes(model).map(({ shape, offset, size }) =>
    tf.tensor(weights.slice(offset, offset + size), [...shape]),
  )
}
