/** A matrix product with a bias on TF.js operations, forwards and backwards. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { Applied } from './applied.ts'

/** @param x - `rows × inputs` */
export function dense(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): Applied {
  return {
    y: tf.add(tf.matMul(x, kernel), bias),
    pull: (dy) => ({
      dx: () => tf.matMul(dy, kernel, false, true),
      gradients: [tf.matMul(x, dy, true, false), tf.sum(dy, 0)],
    }),
  }
}
