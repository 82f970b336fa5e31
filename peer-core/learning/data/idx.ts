/**
 * IDX, the format of MNIST and its relatives (LeCun, Cortes, Burges, {@link http://yann.lecun.com/exdb/mnist/}), plain
 * or gzipped: two zero bytes, a type, the number of dimensions, each dimension as a big-endian uint32, then the values.
 *
 * Only unsigned bytes (type 0x08) are read: images of 3 dimensions (n × height × width) or 4 (… × channels), and labels
 * of one. What is gzip is told by its first two bytes, not by its name.
 * @module
 */
import { GiB } from '../../foundation/index.ts'
import type { Examples, Labels, StreamedExamples } from '../../ports/index.ts'
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
/** Of four dimensions. */
const longestHeader = 20

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
  return { ...checkedPair(source, images.dimensions, labels.values), features: images.values }
}

interface Named {
  readonly images: { readonly name: string }
  readonly labels: { readonly name: string }
  readonly classes?: number
}

/** What images of these dimensions and these labels are together. */
function checkedPair(
  { images, labels: { name }, classes: known }: Named,
  dimensions: readonly number[],
  labels: Uint8Array,
) {
  const [imageCount = 0, height = 0, width = 0, channels = 1] = dimensions
  const labelCount = labels.length
  if (imageCount !== labelCount) {
    throw new DataError(
      { code: 'COUNT_MISMATCH', images: images.name, imageCount, labels: name, labelCount },
      `${images.name} has ${imageCount} images but ${name} has ${labelCount} labels`,
    )
  }
  if (sizeOf(dimensions) === 0) empty(images.name)
  const classes = known ?? Math.max(2, greatest(labels) + 1)
  checkLabels(labels, classes, name)
  return { shape: [height, width, channels], classes, labels }
}

/** A file that is read in parts. */
export interface NamedBlob {
  readonly name: string
  readonly blob: Blob
}

/**
 * The same without reading the images: they are the rest of the file behind its header.
 *
 * @returns `undefined` where the file is gzipped, which cannot be read in parts
 * @throws as {@link readIdxExamples}
 */
export async function streamIdxExamples(source: {
  readonly images: NamedBlob
  readonly labels: NamedBlob
  readonly classes?: number
}): Promise<StreamedExamples | undefined> {
  const { name, blob } = source.images
  const head = new Uint8Array(await blob.slice(0, longestHeader).arrayBuffer())
  if (isGzip(head)) return undefined
  const { dimensions, header } = readHeader(name, head, blob.size, [3, 4], 'images')
  const bytes = new Uint8Array(await source.labels.blob.arrayBuffer())
  const labels = readIdx({ name: source.labels.name, bytes }, [1], 'labels').values
  return { ...checkedPair(source, dimensions, labels), features: blob.slice(header) }
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
  const { dimensions, header } = readHeader(file, bytes, bytes.length, ranks, what)
  return { dimensions, values: bytes.subarray(header) }
}

/** Of a file of `size` bytes that begins with `head`. */
function readHeader(file: string, head: Uint8Array, size: number, ranks: readonly number[], what: string) {
  if (size === 0) empty(file)
  const rank = head[3] ?? 0
  const expected = ranks.map((r) => magicOf(Uint8Array.of(0, 0, unsignedBytes, r))).join(' or ')
  if (size < 4) truncated(file, 4, size)
  if (head[0] !== 0 || head[1] !== 0 || head[2] !== unsignedBytes || !ranks.includes(rank)) {
    const actual = magicOf(head)
    throw new DataError(
      { code: 'WRONG_MAGIC', file, expected, actual },
      `${file}: not an IDX file of ${what}: it begins with ${actual}, not with ${expected}`,
    )
  }
  const header = 4 + 4 * rank
  if (size < header) truncated(file, header, size)
  const view = new DataView(head.buffer, head.byteOffset, header)
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const total = header + sizeOf(dimensions)
  if (size < total) truncated(file, total, size)
  if (size > total) {
    throw new DataError(
      { code: 'TRAILING_BYTES', file, expected: total, actual: size },
      `${file}: ${textOf(dimensions)} values need ${total} bytes, but it has ${size}`,
    )
  }
  return { dimensions, header }
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
