/** Training on TF.js operations: a whole model, and a part of one. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { Labels } from '../../ports/index.ts'
import type { ModelSpec } from '../../wire/index.ts'
import { stepKey } from '../dropout.ts'
import type { PartRun, Run, RunStart } from '../engine.ts'
import { logitsOf, parameterCount, parameterShapes, resolveModel, vocabularyOf } from '../model.ts'
import { learningRateAt } from '../optimiser.ts'
import type { Applied } from './applied.ts'
import { applyModel, softmaxCrossEntropy } from './layers.ts'
import { type OptimiserState, optimised } from './optimiser.ts'

/** A backend and what is open on it. */
export interface Session {
  /** Disposes all tensors but those that are returned. */
  inTurn<T extends tf.TensorContainer>(compute: () => T): T
  /** To be called by whoever ends it, or by the engine's end. */
  disposable(dispose: () => void): () => void
  read(make: () => tf.Tensor): Promise<Float32Array>
}

export function startRun(session: Session, start: RunStart): Run {
  const training = trainingOf(session, start)
  let unread: tf.Tensor[] = []
  return {
    step(features, labels) {
      const { loss, gradients } = session.inTurn(() => {
        const applied = training.apply(features)
        const { loss, dLogits } = training.lossOf(applied.y, labels)
        return { loss: tf.reshape(loss, [1]), gradients: [...applied.pull(dLogits).gradients] }
      })
      training.update(gradients)
      unread.push(loss)
    },
    async losses() {
      if (unread.length === 0) return new Float32Array(0)
      const taken = unread
      unread = []
      try {
        return await session.read(() => tf.concat(taken))
      } finally {
        tf.dispose(taken)
      }
    },
    weights: training.weights,
    moments: training.moments,
    dispose: session.disposable(() => {
      tf.dispose(unread)
      training.dispose()
    }),
  }
}

export function startPart(session: Session, start: RunStart): PartRun {
  const training = trainingOf(session, start)
  const takesTokens = vocabularyOf(start.model) !== undefined
  let sums: tf.Tensor[] = []
  let batches = 0
  const add = (gradients: tf.Tensor[]) => {
    const before = sums
    sums =
      batches === 0 ? gradients : session.inTurn(() => gradients.map((gradient, i) => tf.add(before[i]!, gradient)))
    tf.dispose(batches === 0 ? before : [before, gradients])
    batches++
  }
  /** @param dOf - the gradient by what came out */
  const backward = (inputs: Float32Array, dOf: (applied: Applied) => { loss?: tf.Tensor; dy: tf.Tensor }) => {
    const { gradients, dx, loss } = session.inTurn(() => {
      const applied = training.apply(inputs)
      const { loss, dy } = dOf(applied)
      const { gradients, dx } = applied.pull(dy)
      return {
        gradients: [...gradients],
        dx: takesTokens ? tf.tensor1d([]) : tf.reshape(dx(), [-1]),
        loss: tf.reshape(loss ?? tf.scalar(0), [1]),
      }
    })
    add(gradients)
    return { dx, loss }
  }
  const taken = async (tensor: tf.Tensor): Promise<Float32Array> => {
    try {
      return await session.read(() => tf.clone(tensor))
    } finally {
      tf.dispose(tensor)
    }
  }
  return {
    forward: (inputs) => session.read(() => training.apply(inputs).y),
    async loss(inputs, labels) {
      const { dx, loss } = backward(inputs, ({ y }) => {
        const { loss, dLogits } = training.lossOf(y, labels)
        return { loss, dy: dLogits }
      })
      const [inputGradient, losses] = await Promise.all([taken(dx), taken(loss)])
      return { loss: losses[0]!, inputGradient }
    },
    async backward(inputs, gradient) {
      const { dx, loss } = backward(inputs, ({ y }) => ({ dy: tf.tensor(gradient, y.shape) }))
      tf.dispose(loss)
      return taken(dx)
    },
    async update() {
      const mean = session.inTurn(() => sums.map((sum) => tf.div(sum, Math.max(1, batches))))
      tf.dispose(sums)
      sums = []
      batches = 0
      training.update(mean)
    },
    weights: training.weights,
    dispose: session.disposable(() => {
      tf.dispose(sums)
      training.dispose()
    }),
  }
}

/** Parameters, and how they move. */
function trainingOf({ inTurn, read }: Session, { model, training, weights, batchSize, seed, ...start }: RunStart) {
  const { positions, classes } = logitsOf(model)
  const nodes = resolveModel(model)
  const [rows, count] = [batchSize * positions, parameterCount(model)]
  const tensors = (flat: Float32Array) => inTurn(() => tensorsOf(model, flat))
  const flat = (list: readonly tf.Tensor[]) =>
    list.length === 0
      ? Promise.resolve(new Float32Array(count))
      : read(() => tf.concat(list.map((tensor) => tf.reshape(tensor, [-1]))))
  const { stepsBefore = 0, stride = 1 } = start
  const { moments } = start
  const anchors = training.proximal ? tensors(weights) : []
  let state: OptimiserState = {
    parameters: tensors(weights),
    first: moments ? tensors(moments.first) : [],
    second: moments && training.optimiser === 'adam' ? tensors(moments.second) : [],
  }
  let momentSteps = moments?.steps ?? 0
  let steps = 0
  const oneHot = new Float32Array(rows * classes)
  return {
    /** Within a turn. */
    apply: (inputs: Float32Array): Applied =>
      applyModel(
        nodes,
        { parameters: state.parameters, dropoutKey: stepKey(seed, steps) },
        tf.tensor(inputs, [batchSize, ...model.input]),
      ),
    /** The mean loss, and the gradient by the logits in their own shape; within a turn. */
    lossOf(y: tf.Tensor, labels: Labels) {
      oneHot.fill(0)
      for (const [row, label] of labels.entries()) oneHot[row * classes + label] = 1
      const { loss, dLogits } = softmaxCrossEntropy(tf.reshape(y, [rows, classes]), tf.tensor(oneHot, [rows, classes]))
      return { loss, dLogits: tf.reshape(dLogits, y.shape) }
    },
    /** Disposes the gradients. */
    update(gradients: tf.Tensor[]) {
      const old = state
      const rate = learningRateAt(training, stepsBefore + stride * steps++)
      momentSteps++
      state = inTurn(() => ({ ...optimised(old, gradients, anchors, training, rate, momentSteps) }))
      tf.dispose([old.parameters, old.first, old.second, gradients])
    },
    weights: () => flat(state.parameters),
    async moments() {
      const [first, second] = await Promise.all([flat(state.first), flat(state.second)])
      return { first, second, steps: momentSteps }
    },
    dispose: () => tf.dispose([state.parameters, state.first, state.second, anchors]),
  }
}

export function tensorsOf(model: ModelSpec, flat: Float32Array): tf.Tensor[] {
  // A copy of each: the plain backend keeps the array that it is given.
  return parameterShapes(model).map(({ shape, offset, size }) =>
    tf.tensor(flat.slice(offset, offset + size), [...shape]),
  )
}
