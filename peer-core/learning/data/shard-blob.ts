/**
 * A shard as one blob: DAG-CBOR `{ v: 1, shape, classes, features, labels }`, row-major, of bytes unless `featureType` or
 * `labelType` says otherwise; wider ones are little-endian. Features are gzipped where that saves something: digits travel in less
 * than a quarter of their bytes. Content-addressed, so that whoever pulls it has what the task published, bit for bit.
 * @module
 */
import { gzipSync } from 'fflate'
import { z } from 'zod'
import { MiB } from '../../foundation/index.ts'
import type { Examples, Features, Labels } from '../../ports/index.ts'
import { bytesSchema, decode, encode } from '../../wire/index.ts'
import { DataError } from '../errors.ts'
import { type DataShape, sameShape, sizeOf, textOf } from '../model.ts'
import { gunzip } from './gunzip.ts'
import { checkLabels } from './idx.ts'

/** What one shard may weigh: the whole of MNIST is 47 MB. */
export const maxShardBytes = 256 * MiB

const arrays = { uint16: Uint16Array, float32: Float32Array } as const
type WideType = keyof typeof arrays

const shardBlobSchema = z.strictObject({
  v: z.literal(1),
  shape: z.array(z.int().min(1).max(65_536)).min(1).max(3),
  classes: z.int().min(2).max(65_536),
  features: bytesSchema(maxShardBytes),
  featureType: z.enum(['uint16', 'float32']).optional(),
  featureCoding: z.literal('gzip').optional(),
  labels: bytesSchema(maxShardBytes),
  labelType: z.literal('uint16').optional(),
})

/** Of the bytes: less than this has to be left for packing to be worth it. */
const worthPacking = 0.9
/** Of 1 to 9: higher ones take longer, and save a hundredth more of digits. */
const packingLevel = 3

/** The same bytes for the same examples. */
export function encodeExamples({ shape, classes, features, labels }: Examples): Uint8Array<ArrayBuffer> {
  const plain = bytesOf(features)
  const packed = gzipSync(plain, { level: packingLevel, mtime: 0 })
  const isPacked = packed.length < worthPacking * plain.length
  return encode({
    v: 1,
    shape: [...shape],
    classes,
    features: isPacked ? packed : plain,
    ...(isPacked ? { featureCoding: 'gzip' } : {}),
    ...(features instanceof Uint8Array ? {} : { featureType: typeOf(features) }),
    labels: bytesOf(labels),
    ...(labels instanceof Uint8Array ? {} : { labelType: typeOf(labels) }),
  })
}

/**
 * @param expected - what the task says its examples are; `examples`, when given, is their number
 * @param name - of the blob, in errors
 * @throws {@link WireError} `TOO_LARGE`, `MALFORMED`, `INVALID`; {@link DataError} `WRONG_SHAPE`, `EMPTY`,
 * `TRUNCATED`, `TRAILING_BYTES`, `LABEL_OUT_OF_RANGE`, `NOT_FINITE`, `BAD_GZIP`, `TOO_LARGE`
 */
export function decodeExamples(
  bytes: Uint8Array,
  expected: DataShape & { readonly examples?: number },
  name = 'shard',
): Examples {
  const blob = decode(shardBlobSchema, bytes, maxShardBytes)
  const { shape, classes } = blob
  if (!sameShape(shape, expected.shape) || classes !== expected.classes) {
    const [wanted, actual] = [expected, { shape, classes }].map((of) => `${textOf(of.shape)} in ${of.classes} classes`)
    const fault = { code: 'WRONG_SHAPE', file: name, expected: wanted!, actual: actual! } as const
    throw new DataError(fault, `${name}: holds ${actual}, the task has ${wanted}`)
  }
  const labels = valuesOf(name, blob.labels, blob.labelType)
  if (labels.length === 0) throw new DataError({ code: 'EMPTY', file: name }, `${name}: holds no examples`)
  const positions = expected.positions ?? 1
  const count = expected.examples ?? Math.floor(labels.length / positions)
  checkLength(name, 'labels', count * positions, labels.length)
  const length = count * sizeOf(shape)
  const limit = Math.min(
    maxShardBytes,
    length * (blob.featureType === undefined ? 1 : arrays[blob.featureType].BYTES_PER_ELEMENT),
  )
  const plain = blob.featureCoding === undefined ? blob.features : gunzip(blob.features, name, limit)
  const features = valuesOf(name, plain, blob.featureType)
  checkLength(name, 'features', length, features.length)
  checkLabels(labels, classes, name)
  checkFeatures(features, classes, name)
  return { shape, classes, features, labels }
}

/** Token ids name rows of an embedding: they lie below the classes, as labels do. Floats are finite. */
function checkFeatures(features: Features, classes: number, file: string): void {
  if (features instanceof Uint16Array) checkLabels(features, classes, file)
  if (!(features instanceof Float32Array)) return
  const at = features.findIndex((value) => !Number.isFinite(value))
  if (at === -1) return
  throw new DataError({ code: 'NOT_FINITE', file, at }, `${file}: feature ${at} is ${features[at]}`)
}

function typeOf(values: Uint16Array | Float32Array): WideType {
  return values instanceof Float32Array ? 'float32' : 'uint16'
}

function bytesOf(values: Features): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

function valuesOf(file: string, bytes: Uint8Array, type: 'uint16' | undefined): Labels
function valuesOf(file: string, bytes: Uint8Array, type: WideType | undefined): Features
function valuesOf(file: string, bytes: Uint8Array, type: WideType | undefined): Features {
  if (type === undefined) return bytes
  const { BYTES_PER_ELEMENT: each } = arrays[type]
  checkLength(file, type, Math.ceil(bytes.length / each) * each, bytes.length)
  // A copy: a view needs an offset that is a multiple of the width.
  return new arrays[type](bytes.slice().buffer)
}

function checkLength(file: string, what: string, expected: number, actual: number): void {
  if (actual === expected) return
  const code = actual < expected ? 'TRUNCATED' : 'TRAILING_BYTES'
  throw new DataError({ code, file, expected, actual }, `${file}: ${expected} of ${what} expected, not ${actual}`)
}
