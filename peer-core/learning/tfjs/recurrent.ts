/**
 * LSTM (Hochreiter, Schmidhuber, Neural Computation 1997; with forget gates, Gers et al. 2000) and GRU (Cho et al.,
 * arXiv:1406.1078) on TF.js operations, forwards and backwards through time. Gates lie side by side in Keras' order, and the
 * GRU resets after its product (Keras' `reset_after`).
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'
import type { Applied } from './applied.ts'
import { dense } from './dense.ts'

interface Recurrence {
  readonly gates: number
  /** @param fromInput - `n × gates · units`: the input's part of a position's gates */
  step(fromInput: tf.Tensor, before: readonly tf.Tensor[]): Step
}

/** One position. States are lists of `n × units`, the output first. */
interface Step {
  readonly after: readonly tf.Tensor[]
  pull(dAfter: readonly tf.Tensor[]): {
    readonly dFromInput: tf.Tensor
    readonly dBefore: readonly tf.Tensor[]
    /** of what the recurrence has besides the input's kernel and bias */
    readonly gradients: readonly tf.Tensor[]
  }
}

export function lstm(x: tf.Tensor, last: boolean, [kernel, recurrent, bias]: readonly tf.Tensor[]): Applied {
  const step: Recurrence['step'] = (fromInput, [h, c]) => {
    const [i, f, g, o] = tf.split(tf.add(fromInput, tf.matMul(h!, recurrent!)), 4, 1)
    const [input, forget, output] = [tf.sigmoid(i!), tf.sigmoid(f!), tf.sigmoid(o!)]
    const candidate = tf.tanh(g!)
    const cell = tf.add(tf.mul(forget, c!), tf.mul(input, candidate))
    const squashed = tf.tanh(cell)
    return {
      after: [tf.mul(output, squashed), cell],
      pull([dh, dc]) {
        const dCell = tf.add(dc!, tf.mul(dh!, tf.mul(output, slopeOfTanh(squashed))))
        const dGates = tf.concat(
          [
            tf.mul(tf.mul(dCell, candidate), slopeOfSigmoid(input)),
            tf.mul(tf.mul(dCell, c!), slopeOfSigmoid(forget)),
            tf.mul(tf.mul(dCell, input), slopeOfTanh(candidate)),
            tf.mul(tf.mul(dh!, squashed), slopeOfSigmoid(output)),
          ],
          1,
        )
        return {
          dFromInput: dGates,
          dBefore: [tf.matMul(dGates, recurrent!, false, true), tf.mul(dCell, forget)],
          gradients: [tf.matMul(h!, dGates, true, false)],
        }
      },
    }
  }
  const { y, pull } = unrolled(x, last, { gates: 4, step }, 2, kernel!, bias!)
  return {
    y,
    pull(dy) {
      const { dx, gradients } = pull(dy)
      const [dKernel, dBias, dRecurrent] = gradients
      return { dx, gradients: [dKernel!, dRecurrent!, dBias!] }
    },
  }
}

export function gru(
  x: tf.Tensor,
  last: boolean,
  [kernel, recurrent, bias, recurrentBias]: readonly tf.Tensor[],
): Applied {
  const step: Recurrence['step'] = (fromInput, [h]) => {
    const fromState = dense(h!, recurrent!, recurrentBias!)
    const [xz, xr, xc] = tf.split(fromInput, 3, 1)
    const [hz, hr, hc] = tf.split(fromState.y, 3, 1)
    const [update, reset] = [tf.sigmoid(tf.add(xz!, hz!)), tf.sigmoid(tf.add(xr!, hr!))]
    const candidate = tf.tanh(tf.add(xc!, tf.mul(reset, hc!)))
    return {
      after: [tf.add(tf.mul(update, h!), tf.mul(tf.sub(1, update), candidate))],
      pull([dh]) {
        const dUpdate = tf.mul(tf.mul(dh!, tf.sub(h!, candidate)), slopeOfSigmoid(update))
        const dCandidate = tf.mul(tf.mul(dh!, tf.sub(1, update)), slopeOfTanh(candidate))
        const dReset = tf.mul(tf.mul(dCandidate, hc!), slopeOfSigmoid(reset))
        const inner = fromState.pull(tf.concat([dUpdate, dReset, tf.mul(dCandidate, reset)], 1))
        return {
          dFromInput: tf.concat([dUpdate, dReset, dCandidate], 1),
          dBefore: [tf.add(inner.dx(), tf.mul(dh!, update))],
          gradients: inner.gradients,
        }
      },
    }
  }
  const { y, pull } = unrolled(x, last, { gates: 3, step }, 1, kernel!, bias!)
  return {
    y,
    pull(dy) {
      const { dx, gradients } = pull(dy)
      const [dKernel, dBias, dRecurrent, dRecurrentBias] = gradients
      return { dx, gradients: [dKernel!, dRecurrent!, dBias!, dRecurrentBias!] }
    },
  }
}

/** @param x - `n × positions × inputs`. @returns with gradients of kernel and bias first, then those of the steps */
function unrolled(
  x: tf.Tensor,
  last: boolean,
  { gates, step }: Recurrence,
  states: number,
  kernel: tf.Tensor,
  bias: tf.Tensor,
): Applied {
  const [n, positions, inputs] = x.shape as [number, number, number]
  const units = kernel.shape[1]! / gates
  const inner = dense(tf.reshape(x, [n * positions, inputs]), kernel, bias)
  const fromInputs = tf.unstack(tf.reshape(inner.y, [n, positions, gates * units]), 1)
  const steps: Step[] = []
  let state: readonly tf.Tensor[] = Array.from({ length: states }, () => tf.zeros([n, units]))
  for (const fromInput of fromInputs) {
    const taken = step(fromInput, state)
    steps.push(taken)
    state = taken.after
  }
  return {
    y: last
      ? state[0]!
      : tf.stack(
          steps.map(({ after }) => after[0]!),
          1,
        ),
    pull(dy) {
      const dOutputs = last ? undefined : tf.unstack(dy, 1)
      let dState: readonly tf.Tensor[] = [last ? dy : tf.zeros([n, units]), tf.zeros([n, units])].slice(0, states)
      let gradients: readonly tf.Tensor[] | undefined
      const dFromInputs: tf.Tensor[] = []
      for (const [t, { pull }] of [...steps.entries()].reverse()) {
        const [dh, ...others] = dState
        const pulled = pull([dOutputs === undefined ? dh! : tf.add(dh!, dOutputs[t]!), ...others])
        dState = pulled.dBefore
        dFromInputs.unshift(pulled.dFromInput)
        gradients = pulled.gradients.map((gradient, i) => (gradients ? tf.add(gradients[i]!, gradient) : gradient))
      }
      const before = inner.pull(tf.reshape(tf.stack(dFromInputs, 1), [n * positions, gates * units]))
      return {
        dx: () => tf.reshape(before.dx(), x.shape),
        gradients: [...before.gradients, ...gradients!],
      }
    },
  }
}

function slopeOfSigmoid(y: tf.Tensor): tf.Tensor {
  return tf.mul(y, tf.sub(1, y))
}

function slopeOfTanh(y: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.square(y))
}
