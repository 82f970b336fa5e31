/**
 * Stores in maps, for tests and the simulator. A {@link MemoryDisk} outlives the stores that are opened on it, so that a
 * peer's end and return can be played within one process.
 *
 * ```ts
 * const disk = createMemoryDisk()
 * const stores = openMemoryStores(disk)
 * await stores.close() // the peer ends
 * const again = openMemoryStores(disk) // and returns with all that it had
 * ```
 * @module
 */
import type { Hash, TaskId } from '../foundation/index.ts'
import {
  type BlobStore,
  checkRecordKey,
  type LedgerStore,
  type RecordStore,
  type StoredCommit,
  type StoredEvaluation,
  type StoredTask,
  StoreError,
  type Stores,
} from '../ports/index.ts'

/** What is kept. Read it in a test; change it only through a store. */
export interface MemoryDisk {
  readonly blobs: Map<Hash, Uint8Array>
  readonly tasks: Map<TaskId, StoredTask>
  /** the commit of round `n` at index `n − 1` */
  readonly commits: Map<TaskId, StoredCommit[]>
  /** by `round/peer` */
  readonly evaluations: Map<TaskId, Map<string, StoredEvaluation>>
  readonly records: Map<string, Uint8Array>
}

export function createMemoryDisk(): MemoryDisk {
  return { blobs: new Map(), tasks: new Map(), commits: new Map(), evaluations: new Map(), records: new Map() }
}

/** @param disk - an empty one when absent */
export function openMemoryStores(disk: MemoryDisk = createMemoryDisk()): Stores {
  let closed = false
  const use = (operation: string) => {
    if (closed) throw new StoreError({ code: 'CLOSED', operation })
  }
  return {
    blobs: blobStore(disk, use),
    ledger: ledgerStore(disk, use),
    records: recordStore(disk, use),
    async close() {
      closed = true
    },
  }
}

/** Throws when the stores are closed. */
type Use = (operation: string) => void

// Bytes are copied on their way in and out: as on a real disk, nobody's later write reaches them.
function blobStore(disk: MemoryDisk, use: Use): BlobStore {
  return {
    async put(hash, bytes) {
      use('blobs.put')
      if (!disk.blobs.has(hash)) disk.blobs.set(hash, Uint8Array.from(bytes))
    },
    async get(hash) {
      use('blobs.get')
      return copyOf(disk.blobs.get(hash))
    },
    async has(hash) {
      use('blobs.has')
      return disk.blobs.has(hash)
    },
    async delete(hash) {
      use('blobs.delete')
      disk.blobs.delete(hash)
    },
    async size() {
      use('blobs.size')
      let sum = 0
      for (const bytes of disk.blobs.values()) sum += bytes.length
      return sum
    },
  }
}

function ledgerStore(disk: MemoryDisk, use: Use): LedgerStore {
  const chainOf = (task: TaskId) => disk.commits.get(task) ?? []
  return {
    async saveTask(task) {
      use('ledger.saveTask')
      if (!disk.tasks.has(task.id)) disk.tasks.set(task.id, cloneOf(task))
    },
    async tasks() {
      use('ledger.tasks')
      return [...disk.tasks.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map(cloneOf)
    },
    async append(commit) {
      use('ledger.append')
      const chain = chainOf(commit.task)
      const stored = chain[commit.round - 1]
      if (stored?.hash === commit.hash) return
      if (stored !== undefined) {
        throw new StoreError({ code: 'CONFLICT', round: commit.round, stored: stored.hash, offered: commit.hash })
      }
      if (commit.round !== chain.length + 1) {
        throw new StoreError({ code: 'GAP', expected: chain.length + 1, actual: commit.round })
      }
      disk.commits.set(commit.task, chain)
      chain.push(cloneOf(commit))
    },
    async head(task) {
      use('ledger.head')
      const head = chainOf(task).at(-1)
      return head && cloneOf(head)
    },
    async commits(task, from, limit) {
      use('ledger.commits')
      const start = Math.max(from, 1) - 1
      return chainOf(task)
        .slice(start, start + limit)
        .map(cloneOf)
    },
    async saveEvaluation(evaluation) {
      use('ledger.saveEvaluation')
      const ofTask = disk.evaluations.get(evaluation.task) ?? new Map<string, StoredEvaluation>()
      ofTask.set(`${evaluation.round}/${evaluation.peer}`, { ...evaluation })
      disk.evaluations.set(evaluation.task, ofTask)
    },
    async evaluations(task, from, limit) {
      use('ledger.evaluations')
      return [...(disk.evaluations.get(task)?.values() ?? [])]
        .filter(({ round }) => round >= from && round < from + limit)
        .sort((a, b) => a.round - b.round || (a.peer < b.peer ? -1 : 1))
        .map((evaluation) => ({ ...evaluation }))
    },
  }
}

function recordStore(disk: MemoryDisk, use: Use): RecordStore {
  return {
    async put(key, bytes) {
      use('records.put')
      checkRecordKey(key)
      disk.records.set(key, Uint8Array.from(bytes))
    },
    async get(key) {
      use('records.get')
      checkRecordKey(key)
      return copyOf(disk.records.get(key))
    },
    async delete(key) {
      use('records.delete')
      checkRecordKey(key)
      disk.records.delete(key)
    },
    async list(prefix, limit) {
      use('records.list')
      return [...disk.records]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([key, bytes]) => ({ key, bytes: Uint8Array.from(bytes) }))
    },
  }
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && Uint8Array.from(bytes)
}

function cloneOf<T extends { readonly bytes: Uint8Array }>(row: T): T {
  return { ...row, bytes: Uint8Array.from(row.bytes) }
}
