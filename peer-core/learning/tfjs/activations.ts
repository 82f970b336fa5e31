/** Activations on TF.js operations, forwards and backwards. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { Activation } from '../../wire/index.ts'

interface Activated {
  readonly y: tf.Tensor
  pull(dy: tf.Tensor): tf.Tensor
}

export function activate(activation: Activation, x: tf.Tensor): Activated {
  switch (activation) {
    case 'linear':
      return { y: x, pull: (dy) => dy }
    case 'relu': {
      const y = tf.relu(x)
      return { y, pull: (dy) => tf.mul(dy, tf.step(y)) }
    }
    case 'tanh': {
      const y = tf.tanh(x)
      return { y, pull: (dy) => tf.mul(dy, tf.sub(1, tf.square(y))) }
    }
    case 'sigmoid': {
      const y = tf.sigmoid(x)
      return { y, pull: (dy) => tf.mul(dy, tf.mul(y, tf.sub(1, y))) }
    }
    case 'gelu':
      return gelu(x)
  }
}

/** `½ x (1 + tanh u)`, `u = √(2/π) (x + 0.044715 x³)`. */
function gelu(x: tf.Tensor): Activated {
  const [root, cubic] = [Math.sqrt(2 / Math.PI), 0.044715]
  const square = tf.square(x)
  const t = tf.tanh(tf.mul(root, tf.mul(x, tf.add(1, tf.mul(cubic, square)))))
  return {
    y: tf.mul(0.5, tf.mul(x, tf.add(1, t))),
    pull(dy) {
      const slope = tf.mul(root, tf.add(1, tf.mul(3 * cubic, square)))
      const bend = tf.mul(x, tf.mul(tf.sub(1, tf.square(t)), slope))
      return tf.mul(dy, tf.mul(0.5, tf.add(tf.add(1, t), bend)))
    },
  }
}
