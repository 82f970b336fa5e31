/**
 * The format of a store's directory, in a file beside the database: read before the engine touches anything, since an
 * engine's own upgrade may be one-way.
 * @module
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { messageOf, StoreError } from '../../peer-core/index.ts'
import { isMissing, replaceFile } from './files.ts'

/** 1: SurrealDB 3 on RocksDB, tables as in `surreal-schema.ts`. */
export const storeFormat = 1

const formatSchema = z.object({ format: z.int().min(1) })

/**
 * Marks a new directory; leaves one of our format as it is.
 * @throws {@link StoreError} `NEWER_FORMAT`; `UNUSABLE` when the mark cannot be read or written
 */
export async function checkStoreFormat(dir: string): Promise<void> {
  const path = join(dir, 'store.json')
  try {
    const { format } = formatSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    if (format > storeFormat) throw newer(dir, format)
  } catch (error) {
    if (error instanceof StoreError) throw error
    if (!isMissing(error)) throw unusable(dir, `${path} is not a store's mark`, error)
    await replaceFile(path, `${JSON.stringify({ format: storeFormat })}\n`).catch((cause: unknown) => {
      throw unusable(dir, messageOf(cause), cause)
    })
  }
}

export function unusable(path: string, reason: string, cause: unknown): StoreError {
  return new StoreError({ code: 'UNUSABLE', path, reason }, `the directory ${path} cannot be used: ${reason}`, {
    cause,
  })
}

function newer(path: string, found: number): StoreError {
  return new StoreError(
    { code: 'NEWER_FORMAT', path, found, supported: storeFormat },
    `the directory ${path} has format ${found}, this version knows up to ${storeFormat}: update zen, or choose another directory`,
  )
}
