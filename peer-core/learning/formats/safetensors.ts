/**
 * Safetensors ({@link https://github.com/huggingface/safetensors#format}): the length of a JSON header as a little-endian
 * uint64, the header with type, shape and place of each tensor, then the bytes of all, without gaps.
 *
 * Read are F32, F64, F16 and BF16, all as float32; written is F32.
 * @module
 */
import { z } from 'zod'
import { MiB } from '../../foundation/index.ts'
import { sizeOf } from '../model.ts'
import { FormatError, malformed } from './errors.ts'
import type { NamedTensor } from './tensors.ts'

/** What the reference implementation allows for a header. */
const maxHeaderBytes = 100 * MiB
const prefix = 8

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)).max(16),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})

const readers: Readonly<Record<string, { width: number; read(view: DataView, at: number): number }>> = {
  F32: { width: 4, read: (view, at) => view.getFloat32(at, true) },
  F64: { width: 8, read: (view, at) => view.getFloat64(at, true) },
  F16: { width: 2, read: (view, at) => view.getFloat16(at, true) },
  BF16: { width: 2, read: (view, at) => bfloat16(view.getUint16(at, true)) },
}

/** @param metadata - for people: kept in the header */
export function encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  let end = 0
  const entries = tensors.map(({ name, shape, values }) => {
    const start = end
    end += values.byteLength
    return [name, { dtype: 'F32', shape: [...shape], data_offsets: [start, end] }] as const
  })
  const text = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  // Padded with blanks, so that the tensors are aligned for who maps the file.
  const headerBytes = Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(prefix + headerBytes + end).fill(0x20, prefix, prefix + headerBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true)
  file.set(text, prefix)
  let at = prefix + headerBytes
  for (const { values } of tensors) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  return file
}

/**
 * @param file - its name, in errors
 * @throws {@link FormatError} `TRUNCATED`, `MALFORMED`, `UNKNOWN_TYPE`; nothing is allocated for a tensor whose bytes are not there
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): readonly NamedTensor[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < prefix) truncated(file, prefix, bytes.length)
  const headerBytes = Number(view.getBigUint64(0, true))
  if (headerBytes > maxHeaderBytes) malformed(file, `not safetensors: its header would have ${headerBytes} bytes`)
  const start = prefix + headerBytes
  if (bytes.length < start) truncated(file, start, bytes.length)
  const header = readHeader(bytes.subarray(prefix, start), file)
  return Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readTensor(name, value, view, start, file))
}

function readHeader(bytes: Uint8Array, file: string): Record<string, unknown> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
  } catch {
    return malformed(file, 'not safetensors: its header is not JSON')
  }
}

function readTensor(name: string, value: unknown, view: DataView, start: number, file: string): NamedTensor {
  const entry = entrySchema.safeParse(value)
  if (!entry.success) return malformed(file, `tensor ${name}: type, shape or place is missing`)
  const { dtype: type, shape, data_offsets: offsets } = entry.data
  const reader = Object.hasOwn(readers, type) ? readers[type] : undefined
  if (reader === undefined) {
    const fault = { code: 'UNKNOWN_TYPE', file, tensor: name, type } as const
    throw new FormatError(
      fault,
      `${file}: tensor ${name} is of type ${type}; read are ${Object.keys(readers).join(', ')}`,
    )
  }
  const [from, to] = offsets
  const size = sizeOf(shape)
  if (to - from !== size * reader.width) malformed(file, `tensor ${name}: ${to - from} bytes for ${size} of ${type}`)
  if (start + to > view.byteLength) truncated(file, start + to, view.byteLength)
  const values = Float32Array.from({ length: size }, (_, i) => reader.read(view, start + from + i * reader.width))
  return { name, shape, values }
}

/** The upper half of a float32. */
function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!
}

function truncated(file: string, expected: number, actual: number): never {
  throw new FormatError(
    { code: 'TRUNCATED', file, expected, actual },
    `${file}: truncated: ${expected} bytes are needed, it has ${actual}`,
  )
}
