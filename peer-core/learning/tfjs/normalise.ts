/** Layer norm and group norm on TF.js operations, forwards and backwards. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { Applied } from './applied.ts'

/** Of the variance, as PyTorch has it; wasm/assembly/normalise.ts has the same. */
const epsilon = 1e-5

/**
 * Every one of `sets × groups` sets of `positions × (channels / groups)` values gets a mean of zero and a variance of one;
 * then each channel its scale and bias.
 *
 * @param x - of any shape whose size is `sets × positions × channels`
 */
export function normalise(
  x: tf.Tensor,
  { sets, groups }: { readonly sets: number; readonly groups: number },
  scale: tf.Tensor,
  bias: tf.Tensor,
): Applied {
  const channels = scale.size
  const positions = x.size / sets / channels
  const split = [sets, positions, groups, channels / groups]
  const axes = [1, 3]
  const { mean, variance } = tf.moments(tf.reshape(x, split), axes, true)
  const inverse = tf.rsqrt(tf.add(variance, epsilon))
  const normal = tf.mul(tf.sub(tf.reshape(x, split), mean), inverse)
  const rows = tf.reshape(normal, [-1, channels])
  const y = tf.reshape(tf.add(tf.mul(rows, scale), bias), x.shape)
  return {
    y,
    pull(dy) {
      const dRows = tf.reshape(dy, [-1, channels])
      return {
        gradients: [tf.sum(tf.mul(dRows, rows), 0), tf.sum(dRows, 0)],
        dx() {
          const g = tf.reshape(tf.mul(dRows, scale), split)
          const along = tf.mul(normal, tf.mean(tf.mul(g, normal), axes, true))
          const centred = tf.sub(tf.sub(g, tf.mean(g, axes, true)), along)
          return tf.reshape(tf.mul(centred, inverse), x.shape)
        },
      }
    },
  }
}
