/**
 * A layer applied: what it gave, and its pullback.
 *
 * The gradients are written out rather than taken from TF.js's tape, whose gradient functions are 200 kB that the bundle
 * does without.
 * @module
 */
import type * as tf from '@tensorflow/tfjs-core'

export interface Applied {
  readonly y: tf.Tensor
  pull(dy: tf.Tensor): Pulled
}

/** Gradients of the loss, by what went in and by each parameter, in order. */
export interface Pulled {
  /** Made only when asked for. */
  dx(): tf.Tensor
  readonly gradients: readonly tf.Tensor[]
}

/** Of a layer without parameters. */
export function withoutParameters(y: tf.Tensor, pull: (dy: tf.Tensor) => tf.Tensor): Applied {
  return { y, pull: (dy) => ({ dx: () => pull(dy), gradients: [] }) }
}
