/**
 * Which examples make which batch: one law for every engine, so that the same seed trains on the same batches wherever.
 *
 * The examples are shuffled, taken in turn, and shuffled anew when used up; a batch may span two such passes, so every
 * batch has the same size.
 * @module
 */
import { seededRandom } from '../foundation/index.ts'
import type { Examples, Labels } from '../ports/index.ts'
import { sizeOf } from './model.ts'

export interface Batches {
  /** examples in each batch: `batchSize`, or all examples when there are fewer */
  readonly size: number
  /** Indices of the next batch, in an array that the following call overwrites. */
  next(): Uint32Array
}

/** @param count - of examples, at least 1 */
export function batchesOf(count: number, batchSize: number, seed: number): Batches {
  if (count < 1) throw new RangeError('no examples to make batches of')
  const random = seededRandom(`${seed}/batches`)
  const order = Array.from({ length: count }, (_, i) => i)
  const size = Math.min(batchSize, count)
  const batch = new Uint32Array(size)
  let at = count
  const next = () => {
    for (let i = 0; i < size; i++) {
      if (at === count) {
        random.shuffle(order)
        at = 0
      }
      batch[i] = order[at++]!
    }
    return batch
  }
  return { size, next }
}

/** `n` of examples whose features are `n × shape`. */
export function exampleCount({ shape, features }: Pick<Examples, 'shape' | 'features'>): number {
  return features.length / sizeOf(shape)
}

/** Labels of each example. */
export function positionsOf(examples: Examples): number {
  return examples.labels.length / exampleCount(examples)
}

/** Copies features of the examples at `indices` into `out` as float32: bytes by `1/255` to [0, 1], all else as it is. */
export function gatherFeatures(examples: Examples, indices: Uint32Array, out: Float32Array): void {
  const size = sizeOf(examples.shape)
  const { features } = examples
  const scale = features instanceof Uint8Array ? 1 / 255 : 1
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * size
    const to = row * size
    for (let i = 0; i < size; i++) out[to + i] = features[from + i]! * scale
  }
}

/** Copies labels of the examples at `indices` into `out`, `indices.length × positions`. */
export function gatherLabels({ labels }: Examples, positions: number, indices: Uint32Array, out: Labels): void {
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]! * positions
    for (let i = 0; i < positions; i++) out[row * positions + i] = labels[from + i]!
  }
}
