/**
 * IDX, the format of MNIST and its relatives (LeCun, Cortes, Burges, {@link http://yann.lecun.com/exdb/mnist/}), plain
 * or gzipped: two zero bytes, a type, the number of dimensions, each dimension as a big-endian uint32, then the values.
 *
 * Only unsigned bytes (type 0x08) are read: images of 3 dimensions (n × height × width) or 4 (… × channels), and labels
 * of one. What is gzip is told by its first two bytes, not by its name.
 * @module
 */
import { GiB } from '../../foundation/index.ts'
import type { Examples, Labels } from '../../ports/index.ts'
import { DataError } from '../errors.ts'
import { sizeOf, textOf } from '../model.ts'
import { gunzip, isGzip } from './gunzip.ts'

/** Bytes and what to call them in errors. */
export interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What a file may inflate to. */
export const maxIdxBytes = 1 * GiB

const unsignedBytes = 0x08

/**
 * @param source.classes - labels lie below; one more than the greatest label when absent, at least 2
 * @returns `shape` is `[height, width, channels]`; features are a view of the (inflated) file
 * @throws {@link DataError} naming the file: `EMPTY`, `BAD_GZIP`, `TOO_LARGE`, `WRONG_MAGIC`, `TRUNCATED`,
 * `TRAILING_BYTES`, `COUNT_MISMATCH`, `LABEL_OUT_OF_RANGE`
 */
export function readIdxExamples(source: {
  readonly images: NamedBytes
  readonly labels: NamedBytes
  readonly classes?: number
}): Examples {
  const images = readIdx(source.images, [3, 4], 'images')
  const labels = readIdx(source.labels, [1], 'labels')
  const [imageCount = 0, height = 0, width = 0, channels = 1] = images.dimensions
  const labelCount = labels.values.length
  if (imageCount !== labelCount) {
    throw new DataError(
      { code: 'COUNT_MISMATCH', images: source.images.name, imageCount, labels: source.labels.name, labelCount },
      `${source.images.name} has ${imageCount} images but ${source.labels.name} has ${labelCount} labels`,
    )
  }
  if (images.values.length === 0) empty(source.images.name)
  const classes = source.classes ?? Math.max(2, greatest(labels.values) + 1)
  checkLabels(labels.values, classes, source.labels.name)
  return { shape: [height, width, channels], classes, features: images.values, labels: labels.values }
}

/** @throws {@link DataError} `LABEL_OUT_OF_RANGE`, naming the first */
export function checkLabels(labels: Labels, classes: number, file: string): void {
  const at = labels.findIndex((label) => label >= classes)
  if (at === -1) return
  const label = labels[at]!
  throw new DataError(
    { code: 'LABEL_OUT_OF_RANGE', file, at, label, classes },
    `${file}: label ${at} is ${label}, but there are ${classes} classes (0 to ${classes - 1})`,
  )
}

function readIdx(source: NamedBytes, ranks: readonly number[], what: string) {
  const file = source.name
  if (source.bytes.length === 0) empty(file)
  const bytes = isGzip(source.bytes) ? gunzip(source.bytes, file, maxIdxBytes) : source.bytes
  const rank = bytes[3] ?? 0
  const expected = ranks.map((r) => magicOf(Uint8Array.of(0, 0, unsignedBytes, r))).join(' or ')
  if (bytes.length < 4) truncated(file, 4, bytes.length)
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== unsignedBytes || !ranks.includes(rank)) {
    const actual = magicOf(bytes)
    throw new DataError(
      { code: 'WRONG_MAGIC', file, expected, actual },
      `${file}: not an IDX file of ${what}: it begins with ${actual}, not with ${expected}`,
    )
  }
  const header = 4 + 4 * rank
  if (bytes.length < header) truncated(file, header, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, header)
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const total = header + sizeOf(dimensions)
  if (bytes.length < total) truncated(file, total, bytes.length)
  if (bytes.length > total) {
    throw new DataError(
      { code: 'TRAILING_BYTES', file, expected: total, actual: bytes.length },
      `${file}: ${textOf(dimensions)} values need ${total} bytes, but it has ${bytes.length}`,
    )
  }
  return { dimensions, values: bytes.subarray(header) }
}

function magicOf(bytes: Uint8Array): string {
  return `0x${Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

function greatest(values: Uint8Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0)
}

function empty(file: string): never {
  throw new DataError({ code: 'EMPTY', file }, `${file}: holds no examples`)
}

function truncated(file: string, expected: number, actual: number): never {
  throw new DataError(
    { code: 'TRUNCATED', file, expected, actual },
    `${file}: truncated: ${expected} bytes are needed, it has ${actual}`,
  )
}
