/**
 * What a seed keeps, in an embedded SurrealDB: `<dir>/surreal`, beside `store.json` (the format) and `lock` (who holds it).
 *
 * ```ts
 * const stores = await openSurrealStores({ dir: '.zen' })
 * await stores.ledger.append(commit) // survives kill -9 from here on
 * await stores.close()
 * ```
 * One process a directory, and once a process: RocksDB is let go only by the process's end.
 * @module
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, messageOf, realClock, StoreError, type Stores } from '../../peer-core/index.ts'
import { holderOf, removeHolder, writeHolder } from './holder-file.ts'
import { checkStoreFormat, unusable } from './store-format.ts'
import { surrealBlobs } from './surreal-blobs.ts'
import { openSurrealEngine, type SurrealEngine } from './surreal-engine.ts'
import { surrealLedger } from './surreal-ledger.ts'
import { surrealRecords } from './surreal-records.ts'
import { schema } from './surreal-schema.ts'

export interface SurrealStoresInit {
  /** made when absent */
  readonly dir: string
  readonly clock?: Clock
  /** of every call; default 30 s */
  readonly timeoutMs?: number
}

/**
 * @throws {@link StoreError} `LOCKED` when another process holds the directory, which is then left as it was;
 * `NEWER_FORMAT`; `UNUSABLE` when it cannot be made, read or written
 */
export async function openSurrealStores({ dir, clock = realClock, timeoutMs }: SurrealStoresInit): Promise<Stores> {
  const path = resolve(dir)
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw unusable(path, messageOf(error), error)
  })
  const holder = await holderOf(path)
  if (holder !== undefined) throw locked(path, holder)
  await checkStoreFormat(path)
  const engine = await openSurrealEngine({ path: join(path, 'surreal'), clock, timeoutMs }).catch((error: unknown) => {
    throw error instanceof StoreError && error.code === 'LOCKED' ? locked(path, undefined, error) : error
  })
  await writeHolder(path)
  for (const statement of schema) await engine.run('open', statement)
  return {
    ...surrealStoresOn(engine, clock),
    async close() {
      await engine.close()
      await removeHolder(path)
    },
  }
}

/** The stores on an engine that has the schema. */
export function surrealStoresOn(engine: SurrealEngine, clock: Clock): Omit<Stores, 'close'> {
  return { blobs: surrealBlobs(engine, clock), ledger: surrealLedger(engine), records: surrealRecords(engine) }
}

function locked(path: string, pid: number | undefined, cause?: unknown): StoreError {
  const by = pid === undefined ? 'another process, or by this one before' : `process ${pid}`
  return new StoreError(
    { code: 'LOCKED', path, pid },
    `the directory ${path} is held by ${by}: stop that, or choose another directory`,
    { cause },
  )
}
