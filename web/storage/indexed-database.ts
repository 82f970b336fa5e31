/**
 * The tab's database: its tables, its versions, and what can go wrong with it.
 *
 * A browser may take a database away at any time (storage cleared, a newer version of the page opened in another tab);
 * every later call then says so instead of hanging.
 *
 * What is acknowledged survives the browser's end. What this peer signed and committed also survives the machine's: those
 * writes are `strict`, at the price of a sync each (measured: 10–14 ms a write instead of 3). Blobs can be had again from
 * others, and are not.
 * @module
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, openDB, type StoreNames } from 'idb'
import {
  type Clock,
  type Hash,
  messageOf,
  type StoredCommit,
  type StoredEvaluation,
  type StoredTask,
  StoreError,
  second,
  within,
} from '../../peer-core/index.ts'

export interface MeshTables extends DBSchema {
  blobs: { key: Hash; value: Uint8Array }
  /** Apart from the bytes, so that a sum does not read them. */
  blobSizes: { key: Hash; value: number }
  tasks: { key: string; value: StoredTask }
  commits: { key: [task: string, round: number]; value: StoredCommit }
  evaluations: { key: [task: string, round: number, peer: string]; value: StoredEvaluation }
  records: { key: string; value: Uint8Array }
}
export type TableName = StoreNames<MeshTables>
export type WriteTransaction = Transaction<'readwrite'>
type Transaction<Mode extends IDBTransactionMode> = IDBPTransaction<MeshTables, TableName[], Mode>

export const databaseVersion = 1

export interface IndexedDatabase {
  read<R>(operation: string, tables: TableName[], work: (tx: Transaction<'readonly'>) => Promise<R>): Promise<R>
  /**
   * Durable when it resolves; nothing of it is kept when `work` throws.
   * @param options.wanted - bytes to be written, for the error when there is no room
   */
  write<R>(
    operation: string,
    tables: TableName[],
    work: (tx: WriteTransaction) => Promise<R>,
    options?: WriteOptions,
  ): Promise<R>
  /** Waits for the calls that are under way. */
  close(): Promise<void>
}

export interface WriteOptions {
  readonly wanted?: number
  /** Default: `strict`. */
  readonly durability?: 'strict' | 'relaxed'
}

export interface IndexedDatabaseInit {
  readonly name: string
  readonly clock: Clock
  /** of every call; default 30 s */
  readonly timeoutMs?: number
}

/** @throws {@link StoreError} `NEWER_FORMAT`, `UNUSABLE`, `LOCKED` when an older version of the page will not let go */
export async function openIndexedDatabase({
  name,
  clock,
  timeoutMs = 30 * second,
}: IndexedDatabaseInit): Promise<IndexedDatabase> {
  let gone: string | undefined
  let blocked = false
  const opening = openDB<MeshTables>(name, databaseVersion, {
    upgrade: createTables,
    blocked() {
      blocked = true
    },
    blocking() {
      gone = 'a newer version of this page is open in another tab: reload this one'
      db.close()
    },
    terminated() {
      gone = 'the browser took the storage away: reload the page'
    },
  })
  const db = await within(clock, timeoutMs, 'open', opening).catch(async (error: unknown) => {
    throw blocked ? new StoreError({ code: 'LOCKED', path: name }) : await openingFault(name, error)
  })

  const underWay = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined
  async function track<R>(operation: string, wanted: number, transact: () => Promise<R>): Promise<R> {
    if (closing !== undefined) throw new StoreError({ code: 'CLOSED', operation })
    if (gone !== undefined) throw new StoreError({ code: 'UNAVAILABLE', operation, afterMs: 0 }, gone)
    const work = within(clock, timeoutMs, operation, transact())
    underWay.add(work)
    try {
      return await work
    } catch (error) {
      throw asFault(error, wanted)
    } finally {
      underWay.delete(work)
    }
  }

  return {
    read: (operation, tables, work) =>
      track(operation, 0, () => settle(db.transaction<TableName[], 'readonly'>(tables, 'readonly'), work)),
    write: (operation, tables, work, { wanted = 0, durability = 'strict' } = {}) =>
      track(operation, wanted, () =>
        settle(db.transaction<TableName[], 'readwrite'>(tables, 'readwrite', { durability }), work),
      ),
    close() {
      closing ??= Promise.allSettled(underWay).then(() => db.close())
      return closing
    },
  }
}

function createTables(db: IDBPDatabase<MeshTables>): void {
  for (const table of ['blobs', 'blobSizes', 'records'] as const) db.createObjectStore(table)
  db.createObjectStore('tasks', { keyPath: 'id' })
  db.createObjectStore('commits', { keyPath: ['task', 'round'] })
  db.createObjectStore('evaluations', { keyPath: ['task', 'round', 'peer'] })
}

/** Resolves once the transaction is through; when `work` fails, it is undone first. */
async function settle<Mode extends IDBTransactionMode, R>(
  tx: Transaction<Mode>,
  work: (tx: Transaction<Mode>) => Promise<R>,
): Promise<R> {
  try {
    const result = await work(tx)
    await tx.done
    return result
  } catch (error) {
    try {
      tx.abort()
    } catch {
      // It has ended by itself.
    }
    await tx.done.catch(() => {})
    throw error
  }
}

function asFault(error: unknown, wanted: number): unknown {
  if (!(error instanceof Error) || error.name !== 'QuotaExceededError') return error
  return new StoreError({ code: 'QUOTA', wanted }, 'the browser gives this page no more storage', { cause: error })
}

async function openingFault(name: string, error: unknown): Promise<unknown> {
  if (error instanceof StoreError) return error
  if (error instanceof Error && error.name === 'VersionError') {
    const found =
      (await indexedDB.databases()).find((database) => database.name === name)?.version ?? databaseVersion + 1
    return new StoreError(
      { code: 'NEWER_FORMAT', path: name, found, supported: databaseVersion },
      'this browser has been used with a newer version of the page: reload it',
      { cause: error },
    )
  }
  const reason = messageOf(error)
  return new StoreError(
    { code: 'UNUSABLE', path: name, reason },
    `this browser keeps no data for the page: ${reason}`,
    {
      cause: error,
    },
  )
}
