/**
 * The same rules as somebody writes them with TF.js who has not measured anything: whole-tensor operations, one after another. Rows weigh
 * alike in all but the mean.
 * @module
 */
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import type { RuleName } from './cases.ts'

export interface NaiveInput {
  readonly rows: readonly Float32Array[]
  readonly weights: readonly number[]
  /** f, a count */
  readonly byzantine: number
  readonly radius: number
}

export async function naively(rule: RuleName, input: NaiveInput): Promise<Float32Array> {
  await tf.ready()
  const result = tf.tidy(() => {
    const rows = input.rows.map((row) => tf.tensor1d(row))
    if (rule === 'mean') return mean(rows, input.weights)
    if (rule === 'centered-clipping') return centeredClipping(rows, input.radius)
    const stacked = tf.stack(rows) as tf.Tensor2D
    const { byzantine } = input
    return rule === 'mixed' ? arcNnmTrimmedMean(stacked, byzantine) : adaptiveCentering(stacked, byzantine)
  })
  const data = (await result.data()) as Float32Array
  result.dispose()
  return data
}

function mean(rows: readonly tf.Tensor1D[], weights: readonly number[]): tf.Tensor {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return tf.div(tf.addN(rows.map((row, i) => tf.mul(row, weights[i]!))), total)
}

function centeredClipping(rows: readonly tf.Tensor1D[], radius: number): tf.Tensor {
  const clipped = rows.map((row) => tf.mul(row, tf.minimum(1, tf.div(radius, tf.norm(row)))))
  return tf.div(tf.addN(clipped), rows.length)
}

/** From zeros, with a reach of 2. */
function adaptiveCentering(rows: tf.Tensor2D, byzantine: number): tf.Tensor {
  const [n] = rows.shape
  const norms = tf.sqrt(tf.sum(tf.square(rows), 1, true))
  const middle = Math.min(Math.ceil((n + byzantine) / 2), n - byzantine)
  const radius = tf.mul(2, tf.slice(tf.topk(tf.reshape(norms, [n]), n).values, [n - middle], [1]))
  const counts = tf.cast(tf.lessEqual(norms, tf.mul(5, radius)), 'float32')
  const factors = tf.mul(counts, tf.minimum(1, tf.div(radius, norms)))
  return tf.div(tf.sum(tf.mul(rows, factors), 0), tf.sum(counts))
}

function arcNnmTrimmedMean(given: tf.Tensor2D, byzantine: number): tf.Tensor {
  const [n, d] = given.shape
  const norms = tf.sqrt(tf.sum(tf.square(given), 1, true))
  const cut = Math.floor((2 * byzantine * (n - byzantine)) / n)
  const limit = tf.slice(tf.topk(tf.reshape(norms, [n]), n).values, [cut], [1])
  const rows = tf.mul(given, tf.minimum(1, tf.div(limit, norms)))
  const products = tf.matMul(rows, rows, false, true)
  const squares = tf.sum(tf.square(rows), 1, true)
  const distances = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, products))
  const nearest = tf.topk(tf.neg(distances), n - byzantine).indices
  const mixed = tf.div(tf.matMul(tf.sum(tf.oneHot(nearest, n), 1) as tf.Tensor2D, rows), n - byzantine)
  const sorted = tf.topk(tf.transpose(mixed), n).values
  return tf.mean(tf.slice(sorted, [0, byzantine], [d, n - 2 * byzantine]), 1)
}
