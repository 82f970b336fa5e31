/** Weights and deltas on the wire: float32, little-endian, one after another (SPEC.md). @module */
import { WireError } from './codec.ts'

const littleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
if (!littleEndian) throw new Error('Zen Mesh needs a little-endian machine')

/** A view, not a copy. */
export function floatsToBytes(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
}

/** @throws {@link WireError} `INVALID` unless there are `4 · length` bytes */
export function bytesToFloats(bytes: Uint8Array, length: number): Float32Array<ArrayBuffer> {
  if (bytes.length !== 4 * length) {
    throw new WireError({ code: 'INVALID', where: 'tensor', why: `${bytes.length} bytes, expected ${4 * length}` })
  }
  // A copy: a view needs an offset that is a multiple of 4.
  return new Float32Array(bytes.slice().buffer)
}
