/**
 * What a tab keeps, in IndexedDB. Several tabs may share it: every call is one transaction.
 *
 * Bytes are copied on the way in: a view would be stored with all of the buffer behind it, and the caller may write on.
 * @module
 */
import {
  type BlobStore,
  type Clock,
  checkRecordKey,
  type LedgerStore,
  type RecordStore,
  realClock,
  StoreError,
  type Stores,
  type TaskId,
} from '../../peer-core/index.ts'
import { type IndexedDatabase, openIndexedDatabase, type WriteTransaction } from './indexed-database.ts'

export interface IndexedDbStoresInit {
  /** of the database; default `zen-mesh` */
  readonly name?: string
  readonly clock?: Clock
  /** of every call; default 30 s */
  readonly timeoutMs?: number
}

/**
 * @throws {@link StoreError} `UNUSABLE` where the browser allows no storage, `NEWER_FORMAT` after a newer page's visit,
 * `LOCKED` when an older page will not let go
 */
export async function openIndexedDbStores({
  name = 'zen-mesh',
  clock = realClock,
  timeoutMs,
}: IndexedDbStoresInit = {}): Promise<Stores> {
  const db = await openIndexedDatabase({ name, clock, timeoutMs })
  return { blobs: blobStore(db), ledger: ledgerStore(db), records: recordStore(db), close: () => db.close() }
}

function blobStore(db: IndexedDatabase): BlobStore {
  return {
    async put(hash, bytes) {
      const copy = bytes.slice()
      const put = async (tx: WriteTransaction) => {
        const sizes = tx.objectStore('blobSizes')
        if ((await sizes.getKey(hash)) !== undefined) return
        await Promise.all([tx.objectStore('blobs').put(copy, hash), sizes.put(copy.length, hash)])
      }
      await db.write('blobs.put', ['blobs', 'blobSizes'], put, { wanted: copy.length, durability: 'relaxed' })
    },
    get: (hash) => db.read('blobs.get', ['blobs'], (tx) => tx.objectStore('blobs').get(hash)),
    async has(hash) {
      const key = await db.read('blobs.has', ['blobSizes'], (tx) => tx.objectStore('blobSizes').getKey(hash))
      return key !== undefined
    },
    async delete(hash) {
      await db.write('blobs.delete', ['blobs', 'blobSizes'], (tx) =>
        Promise.all([tx.objectStore('blobs').delete(hash), tx.objectStore('blobSizes').delete(hash)]),
      )
    },
    async size() {
      const sizes = await db.read('blobs.size', ['blobSizes'], (tx) => tx.objectStore('blobSizes').getAll())
      return sizes.reduce((sum, size) => sum + size, 0)
    },
  }
}

function ledgerStore(db: IndexedDatabase): LedgerStore {
  return {
    async saveTask({ id, bytes }) {
      const task = { id, bytes: bytes.slice() }
      const save = async (tx: WriteTransaction) => {
        const tasks = tx.objectStore('tasks')
        if ((await tasks.getKey(id)) === undefined) await tasks.put(task)
      }
      await db.write('ledger.saveTask', ['tasks'], save, { wanted: bytes.length })
    },
    tasks: () => db.read('ledger.tasks', ['tasks'], (tx) => tx.objectStore('tasks').getAll()),
    async append(commit) {
      const next = { ...commit, bytes: commit.bytes.slice() }
      const append = async (tx: WriteTransaction) => {
        const commits = tx.objectStore('commits')
        const { task, round, hash } = next
        const stored = await commits.get([task, round])
        if (stored?.hash === hash) return
        if (stored !== undefined) {
          throw new StoreError({ code: 'CONFLICT', round, stored: stored.hash, offered: hash })
        }
        const head = ((await commits.openKeyCursor(chainOf(task), 'prev'))?.key[1] ?? 0) as number
        if (round !== head + 1) throw new StoreError({ code: 'GAP', expected: head + 1, actual: round })
        await commits.add(next)
      }
      await db.write('ledger.append', ['commits'], append, { wanted: next.bytes.length })
    },
    head: (task) =>
      db.read('ledger.head', ['commits'], async (tx) => {
        const cursor = await tx.objectStore('commits').openCursor(chainOf(task), 'prev')
        return cursor?.value
      }),
    commits: (task, from, limit) =>
      db.read('ledger.commits', ['commits'], async (tx) =>
        limit > 0 ? tx.objectStore('commits').getAll(windowOf(task, from, limit)) : [],
      ),
    async saveEvaluation(evaluation) {
      await db.write('ledger.saveEvaluation', ['evaluations'], (tx) => tx.objectStore('evaluations').put(evaluation))
    },
    evaluations: (task, from, limit) =>
      db.read('ledger.evaluations', ['evaluations'], async (tx) =>
        limit > 0 ? tx.objectStore('evaluations').getAll(windowOf(task, from, limit)) : [],
      ),
  }
}

function recordStore(db: IndexedDatabase): RecordStore {
  return {
    async put(key, bytes) {
      checkRecordKey(key)
      const copy = bytes.slice()
      await db.write('records.put', ['records'], (tx) => tx.objectStore('records').put(copy, key), {
        wanted: copy.length,
      })
    },
    async get(key) {
      checkRecordKey(key)
      return await db.read('records.get', ['records'], (tx) => tx.objectStore('records').get(key))
    },
    async delete(key) {
      checkRecordKey(key)
      await db.write('records.delete', ['records'], (tx) => tx.objectStore('records').delete(key))
    },
    async list(prefix, limit) {
      // For `getAll` a count of 0 means all.
      if (limit <= 0) return []
      const range = IDBKeyRange.bound(prefix, prefix + afterPrefix, false, true)
      return await db.read('records.list', ['records'], async (tx) => {
        const records = tx.objectStore('records')
        const [keys, values] = await Promise.all([records.getAllKeys(range, limit), records.getAll(range, limit)])
        return keys.map((key, i) => ({ key, bytes: values[i]! }))
      })
    },
  }
}

/** Above every character that a record's key may have. */
const afterPrefix = '\x7f'

function chainOf(task: TaskId): IDBKeyRange {
  // An array is above every number.
  return IDBKeyRange.bound([task], [task, []])
}

function windowOf(task: TaskId, from: number, limit: number): IDBKeyRange {
  const start = Math.max(from, 1)
  return IDBKeyRange.bound([task, start], [task, start + limit], false, true)
}
