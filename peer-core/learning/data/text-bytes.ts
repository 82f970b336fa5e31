/** From a file's bytes to its text. @module */
import { DataError } from '../errors.ts'
import type { NamedBytes } from './idx.ts'

/** @throws {@link DataError} `NOT_TEXT` unless the bytes are UTF-8; a byte order mark is dropped */
export function decodeText({ name, bytes }: NamedBytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new DataError({ code: 'NOT_TEXT', file: name }, `${name}: not text in UTF-8`)
  }
}
