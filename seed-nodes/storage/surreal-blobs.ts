/** Blobs in SurrealDB: one row of facts and the bytes in parts, written in one transaction. @module */
import { type BlobStore, type Clock, concatBytes, kiB } from '../../peer-core/index.ts'
import type { SurrealEngine } from './surreal-engine.ts'

/** The engine's memory rises about tenfold with the largest value it handles. */
const maxPartBytes = 256 * kiB

const putBlob = `{
  IF (SELECT VALUE size FROM ONLY blob:[$hash]) = NONE {
    FOR $i IN 0..array::len($parts) {
      UPSERT chunk:[$hash, $i] CONTENT { bytes: $parts[$i] } RETURN NONE
    };
    CREATE blob:[$hash] CONTENT { hash: $hash, size: $size, at: $at } RETURN NONE
  }
}`
const allParts = 'chunk:[$hash, 0]..[$hash, 2147483647]'
const deleteBlob = `{
  DELETE ${allParts} RETURN NONE;
  DELETE blob:[$hash] RETURN NONE
}`

export function surrealBlobs(engine: SurrealEngine, clock: Clock): BlobStore {
  return {
    async put(hash, bytes) {
      await engine.run('blobs.put', putBlob, { hash, size: bytes.length, at: clock.now(), parts: partsOf(bytes) })
    },
    async get(hash) {
      const parts = await engine.run<{ bytes: ArrayBuffer }[]>(
        'blobs.get',
        `SELECT id, bytes FROM ${allParts} ORDER BY id`,
        { hash },
      )
      const [first, ...rest] = parts.map(({ bytes }) => new Uint8Array(bytes))
      return rest.length === 0 ? first : concatBytes(first!, ...rest)
    },
    async has(hash) {
      const query = 'SELECT VALUE size FROM ONLY blob:[$hash]'
      return (await engine.run<number | undefined>('blobs.has', query, { hash })) !== undefined
    },
    async delete(hash) {
      await engine.run('blobs.delete', deleteBlob, { hash })
    },
    size() {
      return engine.run<number>('blobs.size', 'RETURN math::sum(SELECT VALUE size FROM blob)')
    },
  }
}

/** At least one part, so that a blob without bytes is there too. Copies: the caller may go on writing. */
function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0; at === 0 || at < bytes.length; at += maxPartBytes) parts.push(bytes.slice(at, at + maxPartBytes))
  return parts
}
