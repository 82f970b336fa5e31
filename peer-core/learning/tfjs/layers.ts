/**
 * Layers on TF.js operations, forwards and backwards.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'
import type { PlainLayerSpec } from '../../wire/index.ts'
import { dropoutFactors } from '../dropout.ts'
import type { ModelNode, PlainNode, ResidualNode } from '../model.ts'
import { activate } from './activations.ts'
import { type Applied, withoutParameters } from './applied.ts'
import { selfAttention } from './attention.ts'
import { dense } from './dense.ts'
import { normalise } from './normalise.ts'
import { gru, lstm } from './recurrent.ts'

/** What a pass through a model takes besides the examples. */
export interface Pass {
  /** of all nodes, in the order of the flat weights */
  readonly parameters: readonly tf.Tensor[]
  /** of the step, for dropout; absent where nothing is trained */
  readonly dropoutKey?: number
}

/** A model applied: as a layer, but the gradient of its input is made only when asked for. */
export function applyModel(nodes: readonly ModelNode[], pass: Pass, x: tf.Tensor): Applied {
  let taken = 0
  let dropouts = 0
  const applyPlain = (node: PlainNode, input: tf.Tensor): Applied => {
    const own = pass.parameters.slice(taken, taken + node.parameters.length)
    taken += own.length
    if (node.layer.kind !== 'dropout') return applyLayer(node.layer, own, input)
    const ordinal = dropouts++
    if (pass.dropoutKey === undefined) return withoutParameters(input, (dy) => dy)
    const factors = dropoutFactors(pass.dropoutKey, ordinal, node.layer.rate, input.size)
    const kept = tf.tensor(factors, input.shape)
    return withoutParameters(tf.mul(input, kept), (dy) => tf.mul(dy, kept))
  }
  const applyResidual = (node: ResidualNode, input: tf.Tensor): Applied => {
    const inner = applyChain(node.layers, applyPlain, input)
    const beside = applyChain(node.shortcut, applyPlain, input)
    return {
      y: tf.add(inner.y, beside.y),
      pull(dy) {
        const [left, right] = [inner.pull(dy), beside.pull(dy)]
        return { dx: () => tf.add(left.dx(), right.dx()), gradients: [...left.gradients, ...right.gradients] }
      },
    }
  }
  const apply = (node: ModelNode, input: tf.Tensor): Applied =>
    node.kind === 'plain' ? applyPlain(node, input) : applyResidual(node, input)
  return applyChain(nodes, apply, x)
}

/** Mean softmax cross-entropy of a batch, and its gradient by the logits. */
export function softmaxCrossEntropy(logits: tf.Tensor, oneHot: tf.Tensor): { loss: tf.Tensor; dLogits: tf.Tensor } {
  const logProbabilities = tf.logSoftmax(logits)
  const rows = logits.shape[0]!
  const loss = tf.div(tf.neg(tf.sum(tf.mul(oneHot, logProbabilities))), rows)
  const dLogits = tf.div(tf.sub(tf.exp(logProbabilities), oneHot), rows)
  return { loss, dLogits }
}

function applyChain<N>(nodes: readonly N[], apply: (node: N, x: tf.Tensor) => Applied, x: tf.Tensor): Applied {
  let y = x
  const links = nodes.map((node) => {
    const link = apply(node, y)
    y = link.y
    return link
  })
  return {
    y,
    pull(dy) {
      const gradients: tf.Tensor[] = []
      let dx = () => dy
      for (const link of links.toReversed()) {
        const pulled = link.pull(dx())
        gradients.unshift(...pulled.gradients)
        dx = pulled.dx
      }
      return { dx, gradients }
    },
  }
}

type Layer<K extends PlainLayerSpec['kind']> = Extract<PlainLayerSpec, { kind: K }>

/** @param x - `n × input`. @param own - the layer's parameters, in order */
function applyLayer(
  layer: Exclude<PlainLayerSpec, Layer<'dropout'>>,
  own: readonly tf.Tensor[],
  x: tf.Tensor,
): Applied {
  switch (layer.kind) {
    case 'dense': {
      const rows = tf.reshape(x, [-1, x.shape.at(-1)!])
      const product = reshaped(dense(rows, own[0]!, own[1]!), rows.shape, x.shape, layer.units)
      return activated(product, layer.activation)
    }
    case 'conv2d':
      return activated(convolution(layer, x as tf.Tensor4D, own[0] as tf.Tensor4D, own[1]!), layer.activation)
    case 'depthwise-conv2d':
      return activated(depthwise(layer, x as tf.Tensor4D, own[0]!, own[1]!), layer.activation)
    case 'max-pool2d': {
      const pool = { filterSize: layer.size, strides: layer.size, pad: 'valid' }
      const y = tf.maxPool(x as tf.Tensor4D, layer.size, layer.size, 'valid')
      return withoutParameters(y, (dy) => run(tf.MaxPoolGrad, { dy, input: x, output: y }, pool))
    }
    case 'average-pool2d': {
      const pool = { filterSize: layer.size, strides: layer.size, pad: 'valid' }
      const y = tf.avgPool(x as tf.Tensor4D, layer.size, layer.size, 'valid')
      return withoutParameters(y, (dy) => run(tf.AvgPoolGrad, { dy, input: x }, pool))
    }
    case 'global-average-pool': {
      const positions = x.shape.slice(1, -1).reduce((a, b) => a * b)
      const rows = tf.reshape(x, [x.shape[0]!, positions, x.shape.at(-1)!])
      return withoutParameters(tf.mean(rows, 1), (dy) => {
        const spread = tf.mul(tf.expandDims(tf.div(dy, positions), 1), tf.ones([1, positions, 1]))
        return tf.reshape(spread, x.shape)
      })
    }
    case 'flatten':
      return withoutParameters(tf.reshape(x, [x.shape[0]!, -1]), (dy) => tf.reshape(dy, x.shape))
    case 'activation': {
      const { y, pull } = activate(layer.activation, x)
      return withoutParameters(y, pull)
    }
    case 'layer-norm':
      return normalise(x, { sets: x.size / x.shape.at(-1)!, groups: 1 }, own[0]!, own[1]!)
    case 'group-norm':
      return normalise(x, { sets: x.shape[0]!, groups: layer.groups }, own[0]!, own[1]!)
    case 'embedding':
      return embedding(x, own)
    case 'self-attention':
      return selfAttention(x, layer, own)
    case 'lstm':
      return lstm(x, layer.output === 'last', own)
    case 'gru':
      return gru(x, layer.output === 'last', own)
  }
}

/** @param applied - on rows of a shape of its own; the result takes and gives `shape`, the last dimension `units` */
function reshaped({ y, pull }: Applied, rows: readonly number[], shape: number[], units: number): Applied {
  return {
    y: tf.reshape(y, [...shape.slice(0, -1), units]),
    pull(dy) {
      const { dx, gradients } = pull(tf.reshape(dy, [rows[0]!, units]))
      return { dx: () => tf.reshape(dx(), shape), gradients }
    },
  }
}

function activated(inner: Applied, activation: Parameters<typeof activate>[0]): Applied {
  const { y, pull } = activate(activation, inner.y)
  return { y, pull: (dy) => inner.pull(pull(dy)) }
}

function convolution(layer: Layer<'conv2d'>, x: tf.Tensor4D, kernel: tf.Tensor4D, bias: tf.Tensor): Applied {
  const attributes = { strides: [layer.stride, layer.stride], pad: layer.padding, dataFormat: 'NHWC' }
  return {
    y: tf.add(tf.conv2d(x, kernel, layer.stride, layer.padding), bias),
    pull: (dy) => ({
      dx: () => run(tf.Conv2DBackpropInput, { dy, filter: kernel }, { ...attributes, inputShape: x.shape }),
      gradients: [
        run(tf.Conv2DBackpropFilter, { x, dy }, { ...attributes, filterShape: kernel.shape }),
        tf.sum(dy, [0, 1, 2]),
      ],
    }),
  }
}

function depthwise(layer: Layer<'depthwise-conv2d'>, x: tf.Tensor4D, kernel: tf.Tensor, bias: tf.Tensor): Applied {
  const filter: tf.Tensor4D = tf.reshape(kernel, [layer.kernel, layer.kernel, x.shape[3], 1])
  const attributes = { strides: [layer.stride, layer.stride], pad: layer.padding, dilations: [1, 1] }
  return {
    y: tf.add(tf.depthwiseConv2d(x, filter, layer.stride, layer.padding), bias),
    pull: (dy) => ({
      dx: () => run(tf.DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attributes, inputShape: x.shape }),
      gradients: [
        tf.reshape(
          run(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy }, { ...attributes, filterShape: filter.shape }),
          kernel.shape,
        ),
        tf.sum(dy, [0, 1, 2]),
      ],
    }),
  }
}

/** @param x - `n × positions` token ids. @param own - vectors of the tokens and, where it has them, of the positions */
function embedding(x: tf.Tensor, [tokens, positions]: readonly tf.Tensor[]): Applied {
  const ids = tf.cast(x, 'int32')
  const [vocabulary, size] = tokens!.shape as [number, number]
  const vectors = tf.gather(tokens!, ids)
  return {
    y: positions === undefined ? vectors : tf.add(vectors, positions),
    pull(dy) {
      const perToken = tf.reshape(dy, [ids.size, size])
      const dTokens = tf.unsortedSegmentSum(perToken, tf.reshape(ids, [ids.size]) as tf.Tensor1D, vocabulary)
      return {
        dx: () => {
          throw new TypeError('token ids have no gradient')
        },
        gradients: positions === undefined ? [dTokens] : [dTokens, tf.sum(dy, 0)],
      }
    },
  }
}

function run(kernel: string, inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap)
}
