/** Fields of protocol buffers, for messages that are written by hand. @module */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** One field of a message. */
export type Field = (writer: BinaryWriter) => void

export const text = (field: number, value: string): Field => {
  return (writer) => void writer.tag(field, WireType.LengthDelimited).string(value)
}

export const integer = (field: number, value: number): Field => {
  return (writer) => void writer.tag(field, WireType.Varint).int64(value)
}

export const float = (field: number, value: number): Field => {
  return (writer) => void writer.tag(field, WireType.Bit32).float(value)
}

export const bytes = (field: number, value: Uint8Array): Field => {
  return (writer) => void writer.tag(field, WireType.LengthDelimited).bytes(value)
}

/** A message within a message. */
export const message = (field: number, ...fields: readonly Field[]): Field => {
  return (writer) => {
    writer.tag(field, WireType.LengthDelimited).fork()
    for (const write of fields) write(writer)
    writer.join()
  }
}

export function encodeMessage(...fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  for (const write of fields) write(writer)
  return writer.finish()
}
