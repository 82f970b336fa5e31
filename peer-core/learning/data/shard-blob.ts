/**
 * A shard as one blob: DAG-CBOR `{ v: 1, shape, classes, features, labels }`, features as unsigned bytes, row-major.
 * Content-addressed, so that whoever pulls it has what the task published, bit for bit.
 * @module
 */
import { z } from 'zod'
import { MiB } from '../../foundation/index.ts'
import type { Examples } from '../../ports/index.ts'
import { bytesSchema, decode, encode } from '../../wire/index.ts'
import { DataError } from '../errors.ts'
import { type Shape, sameShape, sizeOf, textOf } from '../model.ts'
import { checkLabels } from './idx.ts'

/** What one shard may weigh: the whole of MNIST is 47 MB. */
export const maxShardBytes = 256 * MiB

const shardBlobSchema = z.strictObject({
  v: z.literal(1),
  shape: z.array(z.int().min(1).max(65_536)).min(1).max(3),
  classes: z.int().min(2).max(256),
  features: bytesSchema(maxShardBytes),
  labels: bytesSchema(maxShardBytes),
})

/**
 * The same bytes for the same examples.
 *
 * @throws {TypeError} when features or labels are wider than a byte: this version carries bytes only
 */
export function encodeExamples(examples: Examples): Uint8Array<ArrayBuffer> {
  const { shape, classes, features, labels } = examples
  const bytes = features instanceof Uint8Array && labels instanceof Uint8Array
  if (!bytes) throw new TypeError('a shard blob holds features and labels as bytes, and nothing wider')
  return encode({ v: 1, shape: [...shape], classes, features, labels })
}

/**
 * @param expected - what the task says its examples are; `examples`, when given, is their number
 * @param name - of the blob, in errors
 * @throws {@link WireError} `TOO_LARGE`, `MALFORMED`, `INVALID`; {@link DataError} `WRONG_SHAPE`, `EMPTY`,
 * `TRUNCATED`, `TRAILING_BYTES`, `LABEL_OUT_OF_RANGE`
 */
export function decodeExamples(
  bytes: Uint8Array,
  expected: { readonly shape: Shape; readonly classes: number; readonly examples?: number },
  name = 'shard',
): Examples {
  const { shape, classes, features, labels } = decode(shardBlobSchema, bytes, maxShardBytes)
  if (!sameShape(shape, expected.shape) || classes !== expected.classes) {
    const [wanted, actual] = [expected, { shape, classes }].map((of) => `${textOf(of.shape)} in ${of.classes} classes`)
    const fault = { code: 'WRONG_SHAPE', file: name, expected: wanted!, actual: actual! } as const
    throw new DataError(fault, `${name}: holds ${actual}, the task has ${wanted}`)
  }
  if (labels.length === 0) throw new DataError({ code: 'EMPTY', file: name }, `${name}: holds no examples`)
  checkLength(name, 'labels', expected.examples ?? labels.length, labels.length)
  checkLength(name, 'features', labels.length * sizeOf(shape), features.length)
  checkLabels(labels, classes, name)
  return { shape, classes, features, labels }
}

function checkLength(file: string, what: string, expected: number, actual: number): void {
  if (actual === expected) return
  const code = actual < expected ? 'TRUNCATED' : 'TRAILING_BYTES'
  throw new DataError({ code, file, expected, actual }, `${file}: ${expected} bytes of ${what} expected, not ${actual}`)
}
