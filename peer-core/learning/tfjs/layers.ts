/**
 * Layers on TF.js operations, forwards and backwards.
 *
 * The gradients are written out rather than taken from TF.js's tape: a chain of four kinds of layer needs no general
 * machinery, and its gradient functions are 200 kB that the bundle does without.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'
import type { LayerSpec, ModelSpec } from '../../wire/index.ts'

type Activation = 'linear' | 'relu' | 'tanh' | 'sigmoid'

/**
 * @param parameters - kernel and bias of each layer that has them, in order
 * @param x - `n × input`
 * @returns x, then the output of every layer; the last are the logits, `n × classes`
 */
export function forward(model: ModelSpec, parameters: readonly tf.Tensor[], x: tf.Tensor): tf.Tensor[] {
  const trace = [x]
  let next = 0
  for (const layer of model.layers) {
    const [kernel, bias] = hasParameters(layer) ? [parameters[next++], parameters[next++]] : []
    trace.push(layerForward(layer, trace.at(-1)!, kernel, bias))
  }
  return trace
}

/**
 * @param trace - of {@link forward}
 * @param dLogits - gradient of the loss by the logits
 * @returns its gradient by each parameter, in order
 */
export function backward(
  model: ModelSpec,
  parameters: readonly tf.Tensor[],
  trace: readonly tf.Tensor[],
  dLogits: tf.Tensor,
): tf.Tensor[] {
  const gradients: tf.Tensor[] = []
  const firstWithParameters = model.layers.findIndex(hasParameters)
  let next = parameters.length
  let dy = dLogits
  for (let i = model.layers.length - 1; i >= firstWithParameters; i--) {
    const layer = model.layers[i]!
    const [x, y] = [trace[i]!, trace[i + 1]!]
    if (hasParameters(layer)) {
      dy = activationGradient(layer.activation, y, dy)
      next -= 2
      gradients.unshift(...parameterGradients(layer, parameters[next]!, x, dy))
    }
    // What lies before the first parameters needs no gradient.
    if (i > firstWithParameters) dy = inputGradient(layer, parameters[next], x, y, dy)
  }
  return gradients
}

/** Mean softmax cross-entropy of a batch, and its gradient by the logits. */
export function softmaxCrossEntropy(logits: tf.Tensor, oneHot: tf.Tensor): { loss: tf.Tensor; dLogits: tf.Tensor } {
  const logProbabilities = tf.logSoftmax(logits)
  const rows = logits.shape[0]!
  const loss = tf.div(tf.neg(tf.sum(tf.mul(oneHot, logProbabilities))), rows)
  const dLogits = tf.div(tf.sub(tf.exp(logProbabilities), oneHot), rows)
  return { loss, dLogits }
}

type WithParameters = Extract<LayerSpec, { kind: 'dense' | 'conv2d' }>

function hasParameters(layer: LayerSpec): layer is WithParameters {
  return layer.kind === 'dense' || layer.kind === 'conv2d'
}

function layerForward(layer: LayerSpec, x: tf.Tensor, kernel?: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  switch (layer.kind) {
    case 'dense':
      return activate(layer.activation, tf.add(tf.matMul(x, kernel!), bias!))
    case 'conv2d': {
      const sums = tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, layer.stride, layer.padding)
      return activate(layer.activation, tf.add(sums, bias!))
    }
    case 'max-pool2d':
      return tf.maxPool(x as tf.Tensor4D, layer.size, layer.size, 'valid')
    case 'flatten':
      return tf.reshape(x, [x.shape[0]!, -1])
  }
}

/** Of the kernel and of the bias. @param dy - gradient by the sums, before the activation */
function parameterGradients(layer: WithParameters, kernel: tf.Tensor, x: tf.Tensor, dy: tf.Tensor): tf.Tensor[] {
  if (layer.kind === 'dense') return [tf.matMul(x, dy, true, false), tf.sum(dy, 0)]
  const attributes = { ...convolution(layer), filterShape: kernel.shape }
  return [run(tf.Conv2DBackpropFilter, { x, dy }, attributes), tf.sum(dy, [0, 1, 2])]
}

/** @param dy - gradient by the sums where the layer has parameters, by the output `y` where it has none */
function inputGradient(
  layer: LayerSpec,
  kernel: tf.Tensor | undefined,
  x: tf.Tensor,
  y: tf.Tensor,
  dy: tf.Tensor,
): tf.Tensor {
  switch (layer.kind) {
    case 'dense':
      return tf.matMul(dy, kernel!, false, true)
    case 'conv2d':
      return run(tf.Conv2DBackpropInput, { dy, filter: kernel! }, { ...convolution(layer), inputShape: x.shape })
    case 'max-pool2d':
      return run(
        tf.MaxPoolGrad,
        { dy, input: x, output: y },
        { filterSize: layer.size, strides: layer.size, pad: 'valid' },
      )
    case 'flatten':
      return tf.reshape(dy, x.shape)
  }
}

function activate(activation: Activation, x: tf.Tensor): tf.Tensor {
  switch (activation) {
    case 'linear':
      return x
    case 'relu':
      return tf.relu(x)
    case 'tanh':
      return tf.tanh(x)
    case 'sigmoid':
      return tf.sigmoid(x)
  }
}

/** From the output: every activation here has a derivative that is a function of it. */
function activationGradient(activation: Activation, y: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  switch (activation) {
    case 'linear':
      return dy
    case 'relu':
      return tf.mul(dy, tf.step(y))
    case 'tanh':
      return tf.mul(dy, tf.sub(1, tf.square(y)))
    case 'sigmoid':
      return tf.mul(dy, tf.mul(y, tf.sub(1, y)))
  }
}

function convolution(layer: Extract<LayerSpec, { kind: 'conv2d' }>) {
  return { strides: [layer.stride, layer.stride], pad: layer.padding, dataFormat: 'NHWC' }
}

function run(kernel: string, inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attributes as tf.NamedAttrMap)
}
