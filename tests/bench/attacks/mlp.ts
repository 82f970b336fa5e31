/**
 * A multilayer perceptron with one hidden layer (ReLU, softmax, cross-entropy) and its gradient, in plain float64 loops over sparse
 * images: a trainer small enough to be looked at, independent of the engines that the product uses.
 *
 * Weights are one vector: input → hidden (row per pixel), hidden biases, hidden → class (row per unit), class biases.
 * @module
 */
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import { CLASSES, PIXELS, type SparseImages } from './mnist.ts'

export interface Mlp {
  /** d */
  readonly length: number
  /** He et al. 2015 */
  initial(seed: number): Float64Array
  /** Mean gradient over the examples, written to `out`. */
  gradient(
    weights: Float64Array,
    images: SparseImages,
    labels: Uint8Array,
    batch: ArrayLike<number>,
    out: Float64Array,
  ): void
  /** Share of the images whose most likely class is their label. */
  accuracy(weights: Float64Array, images: SparseImages): number
}

export function createMlp(hidden: number): Mlp {
  const biases = PIXELS * hidden
  const second = biases + hidden
  const classBiases = second + hidden * CLASSES
  const length = classBiases + CLASSES
  const activity = new Float64Array(hidden)
  const chances = new Float64Array(CLASSES)
  const blame = new Float64Array(hidden)
  const active = new Int32Array(hidden)

  function forward(weights: Float64Array, images: SparseImages, image: number): void {
    for (let h = 0; h < hidden; h++) activity[h] = weights[biases + h]!
    for (let p = images.start[image]!; p < images.start[image + 1]!; p++) {
      const row = images.at[p]! * hidden
      const light = images.value[p]!
      for (let h = 0; h < hidden; h++) activity[h] = activity[h]! + light * weights[row + h]!
    }
    for (let c = 0; c < CLASSES; c++) chances[c] = weights[classBiases + c]!
    for (let h = 0; h < hidden; h++) {
      if (activity[h]! <= 0) {
        activity[h] = 0
        continue
      }
      const row = second + h * CLASSES
      for (let c = 0; c < CLASSES; c++) chances[c] = chances[c]! + activity[h]! * weights[row + c]!
    }
  }

  function softmax(): void {
    const top = Math.max(...chances)
    let total = 0
    for (let c = 0; c < CLASSES; c++) {
      chances[c] = Math.exp(chances[c]! - top)
      total += chances[c]!
    }
    for (let c = 0; c < CLASSES; c++) chances[c] = chances[c]! / total
  }

  return {
    length,
    initial(seed) {
      const random = seededRandom(seed)
      const weights = new Float64Array(length)
      const scale = (inputs: number) => Math.sqrt(2 / inputs)
      for (let k = 0; k < biases; k++) weights[k] = scale(PIXELS) * random.normal()
      for (let k = second; k < classBiases; k++) weights[k] = scale(hidden) * random.normal()
      return weights
    },
    gradient(weights, images, labels, batch, out) {
      out.fill(0)
      for (let b = 0; b < batch.length; b++) {
        const image = batch[b]!
        forward(weights, images, image)
        softmax()
        chances[labels[image]!] = chances[labels[image]!]! - 1
        for (let c = 0; c < CLASSES; c++) out[classBiases + c] = out[classBiases + c]! + chances[c]!
        let lit = 0
        for (let h = 0; h < hidden; h++) {
          if (activity[h] === 0) continue
          active[lit++] = h
          const row = second + h * CLASSES
          let total = 0
          for (let c = 0; c < CLASSES; c++) {
            total += weights[row + c]! * chances[c]!
            out[row + c] = out[row + c]! + activity[h]! * chances[c]!
          }
          blame[h] = total
          out[biases + h] = out[biases + h]! + total
        }
        for (let p = images.start[image]!; p < images.start[image + 1]!; p++) {
          const row = images.at[p]! * hidden
          const light = images.value[p]!
          for (let a = 0; a < lit; a++) {
            const h = active[a]!
            out[row + h] = out[row + h]! + light * blame[h]!
          }
        }
      }
      for (let k = 0; k < length; k++) out[k] = out[k]! / batch.length
    },
    accuracy(weights, images) {
      let right = 0
      for (let image = 0; image < images.count; image++) {
        forward(weights, images, image)
        let best = 0
        for (let c = 1; c < CLASSES; c++) if (chances[c]! > chances[best]!) best = c
        if (best === images.labels[image]) right++
      }
      return right / images.count
    },
  }
}
