/** Records in SurrealDB: `record:[key]`, whose order is that of the keys' bytes, which for ASCII is that of code units. @module */
import { checkRecordKey, type RecordStore } from '../../peer-core/index.ts'
import type { SurrealEngine } from './surreal-engine.ts'

/** Above every character that a key may have. */
const afterPrefix = '\x7f'

export function surrealRecords(engine: SurrealEngine): RecordStore {
  return {
    async put(key, bytes) {
      checkRecordKey(key)
      await engine.run('records.put', 'UPSERT record:[$key] CONTENT { key: $key, bytes: $bytes } RETURN NONE', {
        key,
        bytes: bytes.slice(),
      })
    },
    async get(key) {
      checkRecordKey(key)
      const bytes = await engine.run<ArrayBuffer | undefined>(
        'records.get',
        'SELECT VALUE bytes FROM ONLY record:[$key]',
        { key },
      )
      return bytes && new Uint8Array(bytes)
    },
    async delete(key) {
      checkRecordKey(key)
      await engine.run('records.delete', 'DELETE record:[$key] RETURN NONE', { key })
    },
    async list(prefix, limit) {
      const rows = await engine.run<{ key: string; bytes: ArrayBuffer }[]>(
        'records.list',
        'SELECT id, key, bytes FROM record:[$prefix]..[$end] ORDER BY id LIMIT $limit',
        { prefix, end: prefix + afterPrefix, limit },
      )
      return rows.map(({ key, bytes }) => ({ key, bytes: new Uint8Array(bytes) }))
    },
  }
}
