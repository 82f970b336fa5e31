/**
 * The same rules as somebody writes them with TF.js who has not measured anything: stack the rows, use whole-tensor operations.
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
    const stacked = tf.stack(input.rows.map((row) => tf.tensor1d(row))) as tf.Tensor2D
    if (rule === 'mean') return mean(stacked, input.weights)
    if (rule === 'centered-clipping') return centeredClipping(stacked, input.radius)
    return arcNnmTrimmedMean(stacked, input.byzantine)
  })
  const data = (await result.data()) as Float32Array
  result.dispose()
  return data
}

function mean(rows: tf.Tensor2D, weights: readonly number[]): tf.Tensor {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return tf.div(tf.sum(tf.mul(rows, tf.tensor2d([...weights], [weights.length, 1])), 0), total)
}

function clipped(rows: tf.Tensor2D, limit: tf.Tensor | number): tf.Tensor2D {
  const norms = tf.sqrt(tf.sum(tf.square(rows), 1, true))
  return tf.mul(rows, tf.minimum(1, tf.div(limit, norms)))
}

function centeredClipping(rows: tf.Tensor2D, radius: number): tf.Tensor {
  return tf.mean(clipped(rows, radius), 0)
}

function arcNnmTrimmedMean(given: tf.Tensor2D, byzantine: number): tf.Tensor {
  const [n, d] = given.shape
  const norms = tf.sqrt(tf.sum(tf.square(given), 1))
  const cut = Math.floor((2 * byzantine * (n - byzantine)) / n)
  const limit = tf.slice(tf.topk(norms, n).values, [cut], [1])
  const rows = clipped(given, limit)
  const products = tf.matMul(rows, rows, false, true)
  const squares = tf.sum(tf.square(rows), 1, true)
  const distances = tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, products))
  const nearest = tf.topk(tf.neg(distances), n - byzantine).indices
  const mixed = tf.div(tf.matMul(tf.sum(tf.oneHot(nearest, n), 1) as tf.Tensor2D, rows), n - byzantine)
  const sorted = tf.topk(tf.transpose(mixed), n).values
  return tf.mean(tf.slice(sorted, [0, byzantine], [d, n - 2 * byzantine]), 1)
}
