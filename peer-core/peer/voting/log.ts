/**
 * The write-ahead log of a member (consensus/wal.ts) on a record store: one entry for each group of records that is written
 * together, under `wal/<task>/<height>/<number>`, so that a listing gives them in the order of writing.
 * @module
 */
import { z } from 'zod'
import { decodeLog, encode as encodeRecord, type WalRecord } from '../../consensus/index.ts'
import type { TaskId } from '../../foundation/index.ts'
import type { RecordStore } from '../../ports/index.ts'
import { bytesSchema, decode, encode, limits } from '../../wire/index.ts'

/** Records in one entry: what one step of the machine writes. */
const mostTogether = 64
/** Entries of one height: rounds without number are a few entries each. */
const mostEntries = 100_000

const entrySchema = z.array(bytesSchema(limits.consensusBytes)).max(mostTogether)

export class ConsensusLog {
  readonly #records: RecordStore
  readonly #prefix: string
  #next = 0

  constructor(records: RecordStore, task: TaskId) {
    this.#records = records
    this.#prefix = `wal/${task}/`
  }

  /** All that is kept, in the order of writing. @throws {@link ConsensusError} `UNDECODABLE` for a hole in it */
  async read(): Promise<WalRecord[]> {
    const entries = await this.#records.list(this.#prefix, mostEntries)
    const last = entries.at(-1)
    if (last !== undefined) this.#next = 1 + Number(last.key.split('/').at(-1))
    return decodeLog(entries.flatMap(({ bytes }) => decode(entrySchema, bytes, mostTogether * limits.consensusBytes)))
  }

  /** Durable when it resolves, all of them or none. @param together - of one height, at least one */
  async append(together: readonly WalRecord[]): Promise<void> {
    const { height } = together[0]!
    const key = `${this.#prefix}${numbered(height)}/${numbered(this.#next++)}`
    await this.#records.put(key, encode(together.map(encodeRecord)))
  }

  /** Frees the entries of heights below `height`. */
  async truncate(height: number): Promise<void> {
    const end = `${this.#prefix}${numbered(height)}`
    for (const { key } of await this.#records.list(this.#prefix, mostEntries)) {
      if (key >= end) return
      await this.#records.delete(key)
    }
  }
}

function numbered(n: number): string {
  return String(n).padStart(10, '0')
}
