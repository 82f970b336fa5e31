/**
 * Kernels that the WASM backend of TF.js 4.22 lacks or has only as plain loops, composed from those that XNNPACK runs fast.
 *
 * A depthwise convolution's gradients are those of a full one whose filter is diagonal: channels times the work, which is
 * borne where no kernels of ours run.
 *
 * Per step of 32 images of 28 × 28, on one core (README, benchmarks): without `Conv2DBackpropFilter` no convolution trains at all;
 * a matrix product with a transposed operand takes 4.2 ms as shipped and 0.4 ms when the operand is transposed first;
 * `Conv2DBackpropInput` 41 ms and 4.7 ms.
 * @module
 */
import * as tf from '@tensorflow/tfjs-core'

type Kernel = (inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>) => tf.Tensor

/** Needs the WASM backend's own kernels to be registered; more than once does no harm. */
export function registerWasmKernels(): void {
  if (tf.getKernel(tf.Conv2DBackpropFilter, 'wasm') !== undefined) return
  tf.registerKernel(
    kernel(tf.Conv2DBackpropFilter, ({ x, dy }, attributes) => {
      const info = convolutionOf(x!.shape, attributes.filterShape, attributes)
      return filterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, info)
    }),
  )
  tf.registerKernel(
    kernel(tf.DepthwiseConv2dNativeBackpropFilter, ({ x, dy }, attributes) => {
      const [rows, columns, channels] = attributes.filterShape as Four
      const filterShape = [rows, columns, channels, channels]
      const full = run(tf.Conv2DBackpropFilter, { x: x!, dy: dy! }, { ...attributes, filterShape })
      return tf.sum(tf.mul(full, tf.eye(channels)), 3, true)
    }),
  )
  tf.registerKernel(
    kernel(tf.DepthwiseConv2dNativeBackpropInput, ({ dy, filter }, attributes) => {
      const full = tf.mul(filter!, tf.eye(filter!.shape[2]!))
      return run(tf.Conv2DBackpropInput, { dy: dy!, filter: full }, { ...attributes, dataFormat: 'NHWC' })
    }),
  )
  tf.registerKernel(
    kernel(tf.UnsortedSegmentSum, ({ x, segmentIds }, { numSegments }) => {
      // As integers: asked for floats, this backend's kernel fills them with the bits of integers.
      const ofSegment = tf.oneHot(segmentIds as tf.Tensor1D, numSegments as number)
      return tf.matMul(tf.cast(ofSegment, 'float32'), x!, true, false)
    }),
  )
  replaceKernel(tf.Conv2DBackpropInput, (original) => (inputs, attributes) => {
    const info = convolutionOf(attributes.inputShape, inputs.filter!.shape, attributes)
    if (info.strideHeight !== 1 || info.strideWidth !== 1) return original(inputs, attributes)
    return inputGradient(inputs.dy as tf.Tensor4D, inputs.filter as tf.Tensor4D, info)
  })
  replaceKernel(tf.BatchMatMul, (original) => ({ a, b }, attributes) => {
    const plain = { transposeA: false, transposeB: false }
    const left = attributes.transposeA ? swapLast(a!) : a!
    const right = attributes.transposeB ? swapLast(b!) : b!
    return original({ a: left, b: right }, plain)
  })
}

/**
 * `dW[i, j, c, f] = Σ x[n, s·h + i, s·w + j, c] · dy[n, h, w, f]`: itself a convolution of x with dy, in which examples take the
 * place of channels, channels that of examples, and the stride that of the dilation.
 */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, info: Convolution): tf.Tensor {
  const { top, bottom, left, right } = info.padInfo
  const images = tf.transpose(
    tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
    [3, 1, 2, 0],
  )
  const filters = tf.transpose(dy, [1, 2, 0, 3])
  const all = tf.conv2d(images as tf.Tensor4D, filters as tf.Tensor4D, 1, 'valid', 'NHWC', [
    info.strideHeight,
    info.strideWidth,
  ])
  // A stride that does not divide leaves rows at the end that no window saw.
  const seen = tf.slice(all, [0, 0, 0, 0], [info.inChannels, info.filterHeight, info.filterWidth, info.outChannels])
  return tf.transpose(seen, [1, 2, 0, 3])
}

/** The full convolution of dy with the filter turned by 180° and its channels swapped. Stride 1 only. */
function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, info: Convolution): tf.Tensor {
  const { top, bottom, left, right } = info.padInfo
  const [rows, columns] = [info.filterHeight - 1, info.filterWidth - 1]
  const around = tf.pad(dy, [
    [0, 0],
    [rows - top, rows - bottom],
    [columns - left, columns - right],
    [0, 0],
  ])
  const turned = tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2])
  return tf.conv2d(around as tf.Tensor4D, turned as tf.Tensor4D, 1, 'valid')
}

type Convolution = ReturnType<typeof tf.backend_util.computeConv2DInfo>
type Four = [number, number, number, number]

function convolutionOf(input: unknown, filter: unknown, attributes: Record<string, unknown>): Convolution {
  const { strides, pad } = attributes as { strides: [number, number]; pad: 'valid' | 'same' }
  return tf.backend_util.computeConv2DInfo(input as Four, filter as Four, strides, 1, pad)
}

function swapLast(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i)
  return tf.transpose(x, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
}

function kernel(kernelName: string, run: Kernel): tf.KernelConfig {
  const kernelFunc = ({ inputs, attrs }: { inputs: unknown; attrs?: unknown }) =>
    tf.tidy(() => run(inputs as Record<string, tf.Tensor>, (attrs ?? {}) as Record<string, unknown>))
  return { kernelName, backendName: 'wasm', kernelFunc: kernelFunc as unknown as tf.KernelFunc }
}

function run(name: string, inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap)
}

function replaceKernel(kernelName: string, make: (original: Kernel) => Kernel): void {
  const config = tf.getKernel(kernelName, 'wasm')
  const original: Kernel = (inputs, attrs) => {
    const out = config.kernelFunc({ inputs, attrs: attrs as tf.NamedAttrMap, backend: tf.backend() })
    return tf.engine().makeTensorFromTensorInfo(Array.isArray(out) ? out[0]! : out)
  }
  tf.unregisterKernel(kernelName, 'wasm')
  tf.registerKernel({ ...config, ...kernel(kernelName, make(original)) })
}
