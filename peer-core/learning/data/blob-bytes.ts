/** Files of one's own, read whole, once it is known that they may be. @module */
import { GiB, messageOf } from '../../foundation/index.ts'
import { DataError } from '../errors.ts'
import type { NamedBlob, NamedBytes } from './idx.ts'

/** What one file may weigh that is held in memory. */
const maxFileBytes = 1 * GiB

/** @throws {@link DataError} `TOO_LARGE` before anything is read; `UNREADABLE` when it was moved or changed meanwhile */
export async function bytesOf({ name, blob }: NamedBlob, limit: number = maxFileBytes): Promise<NamedBytes> {
  const bytes = blob.size
  if (bytes > limit) {
    const fault = { code: 'TOO_LARGE', file: name, bytes, limit } as const
    throw new DataError(fault, `${name}: ${bytes} bytes are more than can be read whole, ${limit}`)
  }
  try {
    return { name, bytes: new Uint8Array(await blob.arrayBuffer()) }
  } catch (error) {
    const why = messageOf(error)
    throw new DataError({ code: 'UNREADABLE', file: name, why }, `${name}: cannot be read: ${why}`)
  }
}
