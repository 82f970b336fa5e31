/**
 * SurrealDB inside this process, on RocksDB with its default sync: what is acknowledged survives `kill -9`.
 *
 * What the engine (3.0) needs from whoever holds it:
 * - its memory is capped by environment variables that it reads when it is loaded, hence the late import;
 * - `connect()` never settles when the store cannot be opened: the engine's own `error` event tells;
 * - no call has a deadline of its own;
 * - write conflicts are to be retried, so every query here is one statement, that is, one transaction;
 * - RocksDB stays locked until the process ends, even after `close()`.
 * @module
 */
import type { EngineFactory, RetryOptions, Surreal } from 'surrealdb'
import { type Clock, MiB, messageOf, StoreError, second, within } from '../../peer-core/index.ts'
import { unusable } from './store-format.ts'

const memoryCaps = {
  SURREAL_ROCKSDB_BLOCK_CACHE_SIZE: 64 * MiB,
  SURREAL_ROCKSDB_WRITE_BUFFER_SIZE: 16 * MiB,
  SURREAL_ROCKSDB_MAX_WRITE_BUFFER_NUMBER: 2,
}

const onConflict: Partial<RetryOptions> = {
  enabled: true,
  attempts: 30,
  retryDelay: 2,
  retryDelayMax: 100,
  retryable: (error) => /can be retried/.test(messageOf(error)),
}

export interface SurrealEngine {
  /**
   * Runs one statement as one transaction. Safe to repeat is what it must be: after `UNAVAILABLE` its outcome is unknown.
   *
   * @param operation - names the call in an error
   * @returns the statement's result as the engine gives it: bytes are `ArrayBuffer`s, absence is `undefined`
   * @throws {@link StoreError} `UNAVAILABLE` after the deadline, `CLOSED`, `QUOTA` when the disk is full
   */
  run<R>(operation: string, statement: string, bindings?: Record<string, unknown>): Promise<R>
  /** Waits for the calls that are under way. */
  close(): Promise<void>
}

export interface SurrealEngineInit {
  /** the database's own folder */
  readonly path: string
  readonly clock: Clock
  /** of every call. Default: 30 s, since a busy disk may take seconds to sync */
  readonly timeoutMs?: number
}

/** @throws {@link StoreError} `LOCKED`, `UNUSABLE`, `UNAVAILABLE` */
export async function openSurrealEngine({
  path,
  clock,
  timeoutMs = 30 * second,
}: SurrealEngineInit): Promise<SurrealEngine> {
  for (const [name, value] of Object.entries(memoryCaps)) process.env[name] ??= String(value)
  const db = await within(clock, timeoutMs, 'open', connect(path))
  const underWay = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  return {
    async run<R>(operation: string, statement: string, bindings?: Record<string, unknown>) {
      if (closing !== undefined) throw new StoreError({ code: 'CLOSED', operation })
      if (db.status !== 'connected') throw new StoreError({ code: 'UNAVAILABLE', operation, afterMs: 0 })
      const work = within(
        clock,
        timeoutMs,
        operation,
        db.query<[R]>(statement, bindings).retry(onConflict).collect<[R]>(),
      )
      underWay.add(work)
      try {
        const [result] = await work
        return result as R
      } catch (error) {
        throw asFault(error, path)
      } finally {
        underWay.delete(work)
      }
    },
    close() {
      closing ??= Promise.allSettled(underWay).then(async () => {
        await within(clock, timeoutMs, 'close', db.close())
      })
      return closing
    },
  }
}

async function connect(path: string): Promise<Surreal> {
  const [{ Surreal }, { createNodeEngines }] = await Promise.all([import('surrealdb'), import('@surrealdb/node')])
  const failed = Promise.withResolvers<never>()
  const { rocksdb: embedded } = createNodeEngines()
  const rocksdb: EngineFactory = (context) => {
    const engine = embedded!(context)
    engine.subscribe('error', failed.reject)
    return engine
  }
  const db = new Surreal({ engines: { rocksdb } })
  try {
    const options = { namespace: 'zen', database: 'mesh', reconnect: false }
    await Promise.race([failed.promise, db.connect(`rocksdb://${path}`, options)])
    return db
  } catch (error) {
    const reason = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error)
    if (/lock/i.test(reason) && reason.includes('/LOCK'))
      throw new StoreError({ code: 'LOCKED', path }, undefined, { cause: error })
    throw unusable(path, reason, error)
  }
}

function asFault(error: unknown, path: string): unknown {
  const full = /no space left|disk quota exceeded/i.test(messageOf(error))
  return full
    ? new StoreError({ code: 'QUOTA', wanted: 0 }, `the disk that holds ${path} is full`, { cause: error })
    : error
}
