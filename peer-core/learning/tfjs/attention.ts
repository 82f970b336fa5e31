/** Self-attention on TF.js operations, forwards and backwards. @module */
import * as tf from '@tensorflow/tfjs-core'
import type { Applied } from './applied.ts'
import { dense } from './dense.ts'

/** Added to a score that must not count: its exponential is zero. */
const never = -1e30

/** @param x - `n × positions × channels` */
export function selfAttention(
  x: tf.Tensor,
  { heads, causal }: { readonly heads: number; readonly causal: boolean },
  [kernel, bias, projection, projectionBias]: readonly tf.Tensor[],
): Applied {
  const [n, positions, channels] = x.shape as [number, number, number]
  const each = channels / heads
  const factor = 1 / Math.sqrt(each)
  const byHead = (rows: tf.Tensor) => tf.transpose(tf.reshape(rows, [n, positions, heads, each]), [0, 2, 1, 3])
  const byRow = (perHead: tf.Tensor) => tf.reshape(tf.transpose(perHead, [0, 2, 1, 3]), [n * positions, channels])

  const inner = dense(tf.reshape(x, [n * positions, channels]), kernel!, bias!)
  const [q, k, v] = tf.split(inner.y, 3, 1).map(byHead) as [tf.Tensor, tf.Tensor, tf.Tensor]
  const scores = tf.mul(tf.matMul(q, k, false, true), factor)
  const weights = tf.softmax(causal ? tf.add(scores, causalMask(positions)) : scores)
  const outer = dense(byRow(tf.matMul(weights, v)), projection!, projectionBias!)
  return {
    y: tf.reshape(outer.y, x.shape),
    pull(dy) {
      const after = outer.pull(tf.reshape(dy, [n * positions, channels]))
      const dOut = byHead(after.dx())
      const dWeights = tf.matMul(dOut, v, false, true)
      const along = tf.sum(tf.mul(dWeights, weights), -1, true)
      const dScores = tf.mul(tf.mul(weights, tf.sub(dWeights, along)), factor)
      const [dq, dk] = [tf.matMul(dScores, k), tf.matMul(dScores, q, true, false)]
      const dv = tf.matMul(weights, dOut, true, false)
      const before = inner.pull(tf.concat([dq, dk, dv].map(byRow), 1))
      return {
        dx: () => tf.reshape(before.dx(), x.shape),
        gradients: [...before.gradients, ...after.gradients],
      }
    },
  }
}

function causalMask(positions: number): tf.Tensor {
  const mask = new Float32Array(positions * positions)
  for (let to = 0; to < positions; to++) mask.fill(never, to * positions + to + 1, (to + 1) * positions)
  return tf.tensor(mask, [positions, positions])
}
