import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeSafetensors,
  encodeSafetensors,
  FormatError,
  tensorsOf,
  weightsOf,
} from '../../../peer-core/learning/index.ts'
import { classifiers, faultOf, someWeights } from './models.ts'

const model = classifiers.cnn!
const weights = someWeights(model)
const file = encodeSafetensors(tensorsOf(model, weights), { task: 'test' })

/** A file of one tensor, as another program might have written it. */
function written(header: unknown, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

describe('decodeSafetensors', () => {
  it('gives back the weights of a model, by name', () => {
    const tensors = decodeSafetensors(file, 'model')
    expect(tensors.map(({ name }) => name)).toContain('layers.4.kernel')
    expect(weightsOf(model, tensors.toReversed(), 'model')).toEqual(weights)
  })

  it('reads what others write: wide and narrow floats', () => {
    const bytes = (values: Float64Array | Uint16Array) => new Uint8Array(values.buffer)
    const read = (dtype: string, data: Uint8Array) =>
      decodeSafetensors(written({ a: { dtype, shape: [3], data_offsets: [0, data.length] } }, data), 'a')[0]!.values
    expect([...read('F64', bytes(Float64Array.of(1, -2, 0.5)))]).toEqual([1, -2, 0.5])
    expect([...read('F16', bytes(Uint16Array.of(0x3c00, 0xc000, 0x3800)))]).toEqual([1, -2, 0.5])
    expect([...read('BF16', bytes(Uint16Array.of(0x3f80, 0xc000, 0x3f00)))]).toEqual([1, -2, 0.5])
  })

  it('names the tensor that does not fit', () => {
    const tensors = decodeSafetensors(file, 'model')
    expect(faultOf(() => weightsOf(model, tensors.slice(1), 'm'))).toMatchObject({ code: 'MISSING_TENSOR' })
    expect(faultOf(() => weightsOf(classifiers.mlp!, tensors, 'm'))).toMatchObject({ tensor: 'layers.0.kernel' })
    const odd = written({ a: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8))
    expect(faultOf(() => decodeSafetensors(odd, 'm'))).toMatchObject({ code: 'UNKNOWN_TYPE', tensor: 'a' })
  })

  it('allocates nothing for bytes that are not there', () => {
    const huge = { a: { dtype: 'F32', shape: [1e6, 1e6], data_offsets: [0, 4e12] } }
    expect(faultOf(() => decodeSafetensors(written(huge, new Uint8Array(4)), 'm'))).toMatchObject({ code: 'TRUNCATED' })
    const lie = { a: { dtype: 'F32', shape: [1e6, 1e6], data_offsets: [0, 4] } }
    expect(faultOf(() => decodeSafetensors(written(lie, new Uint8Array(4)), 'm'))).toMatchObject({ code: 'MALFORMED' })
  })

  it('answers any bytes with tensors or an error of its own', () => {
    const attacks = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.nat(file.length - 1).map((length) => file.slice(0, length)),
      fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const changed = file.slice()
        changed[at]! ^= by
        return changed
      }),
    )
    fc.assert(
      fc.property(attacks, (bytes) => {
        try {
          decodeSafetensors(bytes, 'any')
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError)
        }
      }),
    )
  })
})
