/**
 * What a peer keeps. IndexedDB in browsers, SurrealDB on seeds, maps in tests; one compliance suite for each port in
 * `testing/`.
 * @module
 */
import type { Hash, PeerId, TaskId } from '../foundation/index.ts'

/** Bytes named by their sha-256. The caller has checked the hash; a store never changes bytes. */
export interface BlobStore {
  /** Durable when it resolves. Putting what is there is cheap and changes nothing. */
  put(hash: Hash, bytes: Uint8Array): Promise<void>
  get(hash: Hash): Promise<Uint8Array | undefined>
  has(hash: Hash): Promise<boolean>
  delete(hash: Hash): Promise<void>
  /** All bytes held. */
  size(): Promise<number>
}

export interface StoredTask {
  readonly id: TaskId
  /** the signed envelope as received */
  readonly bytes: Uint8Array
}

export interface StoredCommit {
  readonly task: TaskId
  /** 1, 2, 3 … without gaps */
  readonly round: number
  /** sha-256 of the commit's body */
  readonly hash: Hash
  readonly model: Hash
  readonly contributors: number
  readonly rejected: number
  /** milliseconds since 1970 at which this peer learned of it */
  readonly at: number
  /** the certificate as received */
  readonly bytes: Uint8Array
}

export interface StoredEvaluation {
  readonly task: TaskId
  readonly round: number
  readonly peer: PeerId
  readonly loss: number
  readonly accuracy: number
  readonly examples: number
  /** of tasks of two classes */
  readonly auc?: number
  readonly f1?: number
}

/** The chain of commits of every task. Durable when a call resolves: a process killed later has lost nothing. */
export interface LedgerStore {
  /** Saving a task that is there changes nothing. */
  saveTask(task: StoredTask): Promise<void>
  /** All of them, ascending by id. */
  tasks(): Promise<StoredTask[]>
  /**
   * Appends the next round. The same commit (by its hash) again changes nothing.
   * @throws {StoreError} `GAP` when `round` is not the head's next, `CONFLICT` when another commit holds that round
   */
  append(commit: StoredCommit): Promise<void>
  head(task: TaskId): Promise<StoredCommit | undefined>
  /** Rounds `from`, `from + 1`, … up to `limit` of them. */
  commits(task: TaskId, from: number, limit: number): Promise<StoredCommit[]>
  /** One per task, round and peer; the last one wins. */
  saveEvaluation(evaluation: StoredEvaluation): Promise<void>
  /** Those of the rounds `from` … `from + limit − 1`, ascending by round, then by peer. */
  evaluations(task: TaskId, from: number, limit: number): Promise<StoredEvaluation[]>
}

/**
 * Small records by key: what this peer signed, its settings, its queue. Keys are 1–512 characters of printable ASCII, so
 * that every engine orders them alike (UTF-16 and UTF-8 disagree beyond the basic plane); other keys are a `RangeError`.
 */
export interface RecordStore {
  /** Durable when it resolves; replaces what was there. */
  put(key: string, bytes: Uint8Array): Promise<void>
  get(key: string): Promise<Uint8Array | undefined>
  delete(key: string): Promise<void>
  /** Keys that start with `prefix`, ascending, with their bytes. */
  list(prefix: string, limit: number): Promise<{ key: string; bytes: Uint8Array }[]>
}

export interface Stores {
  readonly blobs: BlobStore
  readonly ledger: LedgerStore
  readonly records: RecordStore
  /** Resolves when all is flushed. A later call of any store rejects with `CLOSED`; a second close does nothing. */
  close(): Promise<void>
}

const recordKey = /^[\x20-\x7e]{1,512}$/

/** @throws {RangeError} unless `key` may name a record */
export function checkRecordKey(key: string): void {
  if (!recordKey.test(key)) throw new RangeError(`not a record's key: ${JSON.stringify(key).slice(0, 80)}`)
}
