/**
 * An ONNX graph as it is written: nodes, and the constants that they use. Field numbers are those of
 * {@link https://github.com/onnx/onnx/blob/main/onnx/onnx.proto | onnx.proto}.
 * @module
 */
import { type Shape, sizeOf } from '../shape.ts'
import { bytes, type Field, float, integer, message, text } from './protobuf.ts'
import type { NamedTensor } from './tensors.ts'

/** of onnx.proto's `TensorProto.DataType` */
const tensorTypes = { float: 1, int64: 7 } as const
/** of onnx.proto's `AttributeProto.AttributeType` */
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const

/** What flows between nodes: of one example, and where its channels are. */
export interface Value {
  readonly name: string
  readonly shape: Shape
  /** `[channels, …]` in the place of `[…, channels]`; a vector is both. */
  readonly channelsFirst: boolean
}

export type Attributes = Readonly<Record<string, Field>>

export const int64 = tensorTypes.int64
export const asInt = (value: number): Field[] => [integer(3, value), integer(20, attributeTypes.int)]
export const asInts = (values: readonly number[]): Field[] => [
  ...values.map((value) => integer(8, value)),
  integer(20, attributeTypes.ints),
]
export const asFloat = (value: number): Field[] => [float(2, value), integer(20, attributeTypes.float)]
export const asText = (value: string): Field[] => [text(4, value), integer(20, attributeTypes.string)]

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, readonly Field[]>>
  /** Names of its outputs where the first is not the only one that is named; an empty one is left out. */
  readonly outputs?: readonly string[]
}

export class OnnxGraph {
  readonly fields: Field[] = []
  readonly #tensors: ReadonlyMap<string, NamedTensor>
  readonly #written = new Set<string>()
  #transposed = 0

  constructor(tensors: readonly NamedTensor[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]))
  }

  /** @returns the name of its (first) output */
  node(operator: string, inputs: readonly string[], output: string, options: NodeOptions = {}): string {
    const { attributes = {}, outputs = [output] } = options
    this.fields.push(
      message(
        1,
        ...inputs.map((input) => text(1, input)),
        ...outputs.map((name) => text(2, name)),
        text(3, output),
        text(4, operator),
        ...Object.entries(attributes).map(([name, value]) => message(5, text(1, name), ...value)),
      ),
    )
    return output
  }

  transpose(input: string, order: readonly number[]): string {
    const attributes = { perm: asInts(order) }
    return this.node('Transpose', [input], `transposed.${this.#transposed++}`, { attributes })
  }

  /** The same with its channels where they are wanted. */
  laid(value: Value, channelsFirst: boolean): Value {
    const rank = value.shape.length
    if (rank === 1 || value.channelsFirst === channelsFirst) return { ...value, channelsFirst }
    const inner = Array.from({ length: rank - 1 }, (_, i) => i + 1)
    const order = channelsFirst ? [0, rank, ...inner] : [0, ...inner.map((axis) => axis + 1), 1]
    return { ...value, name: this.transpose(value.name, order), channelsFirst }
  }

  /** A tensor of the model's. */
  tensor(name: string): NamedTensor {
    return this.#tensors.get(name)!
  }

  /** One of the model's as it is, or in another shape of the same size. */
  weight(name: string, shape?: Shape): string {
    const tensor = this.tensor(name)
    return this.floats(name, shape ?? tensor.shape, tensor.values)
  }

  floats(name: string, shape: Shape, values: Float32Array): string {
    if (values.length !== sizeOf(shape)) throw new RangeError(`${name}: ${values.length} values for ${shape}`)
    return this.#constant(name, shape, tensorTypes.float, values)
  }

  /** A number by itself. */
  scalar(value: number): string {
    return this.floats(`scalar.${value}`, [], Float32Array.of(value))
  }

  integers(name: string, values: readonly number[]): string {
    return this.#constant(name, [values.length], tensorTypes.int64, BigInt64Array.from(values, BigInt))
  }

  #constant(name: string, shape: Shape, type: number, values: Float32Array | BigInt64Array): string {
    if (this.#written.has(name)) return name
    this.#written.add(name)
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    const dimensions = shape.map((size) => integer(1, size))
    this.fields.push(message(5, ...dimensions, integer(2, type), text(8, name), bytes(9, raw)))
    return name
  }
}

/** A tensor of float32 with a batch of any size before `shape`. */
export function valueInfo(field: number, name: string, shape: Shape): Field {
  const dimensions = [message(1, text(2, 'batch')), ...shape.map((size) => message(1, integer(1, size)))]
  const type = message(1, integer(1, tensorTypes.float), message(2, ...dimensions))
  return message(field, text(1, name), message(2, type))
}
