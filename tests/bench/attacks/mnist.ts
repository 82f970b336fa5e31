/**
 * MNIST, every 2 × 2 pixels averaged to one, as sparse rows: most of a digit is black, and a trainer that skips it is far faster.
 * @module
 */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Examples } from '../../../peer-core/ports/index.ts'

/** LeCun, Cortes, Burges 1998; read where it lies, never copied. */
const folder = new URL('../../../../shared/data/mnist/', import.meta.url)

export interface SparseImages {
  readonly count: number
  /** pixels of image i are `at[start[i] … start[i + 1])` */
  readonly start: Int32Array
  readonly at: Uint16Array
  /** in (0, 1] */
  readonly value: Float32Array
  readonly labels: Uint8Array
}

/** of a side, as published and as trained on */
const WIDE = 28
export const SIDE = 14
export const PIXELS = SIDE * SIDE
export const CLASSES = 10

/** Is the data set there? */
export function mnistIsHere(): boolean {
  return existsSync(new URL('train-images-idx3-ubyte.gz', folder))
}

export function readMnist(part: 'train' | 't10k'): SparseImages {
  const images = readIdx(`${part}-images-idx3-ubyte.gz`, 16)
  const labels = readIdx(`${part}-labels-idx1-ubyte.gz`, 8)
  const start = new Int32Array(labels.length + 1)
  const at: number[] = []
  const value: number[] = []
  for (let i = 0; i < labels.length; i++) {
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const corner = i * WIDE * WIDE + 2 * WIDE * Math.floor(pixel / SIDE) + 2 * (pixel % SIDE)
      const light = images[corner]! + images[corner + 1]! + images[corner + WIDE]! + images[corner + WIDE + 1]!
      if (light === 0) continue
      at.push(pixel)
      value.push(light / (4 * 255))
    }
    start[i + 1] = at.length
  }
  return { count: labels.length, start, at: Uint16Array.from(at), value: Float32Array.from(value), labels }
}

/** The same pixels, as the product takes them: some of the examples, a byte a pixel. */
export function examplesOf({ start, at, value, labels }: SparseImages, chosen: ArrayLike<number>): Examples {
  const features = new Uint8Array(chosen.length * PIXELS)
  for (let i = 0; i < chosen.length; i++) {
    const image = chosen[i]!
    for (let p = start[image]!; p < start[image + 1]!; p++) {
      features[i * PIXELS + at[p]!] = Math.round(255 * value[p]!)
    }
  }
  const chosenLabels = Uint8Array.from(chosen, (image) => labels[image]!)
  return { shape: [SIDE, SIDE, 1], classes: CLASSES, features, labels: chosenLabels }
}

function readIdx(name: string, header: number): Uint8Array {
  return new Uint8Array(gunzipSync(readFileSync(new URL(name, folder)))).subarray(header)
}
