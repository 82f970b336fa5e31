/** What every {@link BlobStore} must show. @module */
import { type Hash, kiB, seededRandom, sha256, utf8ToBytes } from '../foundation/index.ts'
import type { BlobStore } from '../ports/index.ts'
import { type ComplianceCase, expectEqual } from './compliance.ts'

export const blobStoreCases: readonly ComplianceCase<BlobStore>[] = [
  {
    name: 'gives back what was put',
    async run(create) {
      const blobs = await create()
      const [hash, bytes] = blob(64 * kiB, 1)
      await blobs.put(hash, bytes)
      expectEqual(await blobs.get(hash), bytes)
      expectEqual(await blobs.has(hash), true)
    },
  },
  {
    name: 'knows nothing of what was never put',
    async run(create) {
      const blobs = await create()
      const [hash] = blob(8, 2)
      expectEqual(await blobs.get(hash), undefined)
      expectEqual(await blobs.has(hash), false)
      expectEqual(await blobs.size(), 0)
    },
  },
  {
    name: 'keeps no bytes at all, and a megabyte, as they are',
    async run(create) {
      const blobs = await create()
      for (const length of [0, 1, 1024 * kiB]) {
        const [hash, bytes] = blob(length, length)
        await blobs.put(hash, bytes)
        expectEqual(await blobs.get(hash), bytes)
      }
      expectEqual(await blobs.size(), 1 + 1024 * kiB)
    },
  },
  {
    name: 'keeps the part of a buffer that it is given, no more',
    async run(create) {
      const blobs = await create()
      const part = blob(100, 3)[1].subarray(10, 20)
      await blobs.put(sha256(part), part)
      expectEqual(await blobs.get(sha256(part)), Uint8Array.from(part))
    },
  },
  {
    name: 'shares no memory with its callers',
    async run(create) {
      const blobs = await create()
      const [hash, bytes] = blob(32, 4)
      const given = Uint8Array.from(bytes)
      const put = blobs.put(hash, given)
      given.fill(0)
      await put
      const taken = await blobs.get(hash)
      expectEqual(taken, bytes)
      taken?.fill(0)
      expectEqual(await blobs.get(hash), bytes)
    },
  },
  {
    name: 'counts what is put twice, also at once, only once',
    async run(create) {
      const blobs = await create()
      const [hash, bytes] = blob(1000, 5)
      await Promise.all(Array.from({ length: 16 }, () => blobs.put(hash, bytes)))
      await blobs.put(hash, bytes)
      expectEqual(await blobs.size(), 1000)
      expectEqual(await blobs.get(hash), bytes)
    },
  },
  {
    name: 'takes many at once and mixes none up',
    async run(create) {
      const blobs = await create()
      const all = Array.from({ length: 40 }, (_, i) => blob(200 + i, 100 + i))
      await Promise.all(all.map(([hash, bytes]) => blobs.put(hash, bytes)))
      const taken = await Promise.all(all.map(([hash]) => blobs.get(hash)))
      expectEqual(
        taken,
        all.map(([, bytes]) => bytes),
      )
      expectEqual(
        await blobs.size(),
        all.reduce((sum, [, bytes]) => sum + bytes.length, 0),
      )
    },
  },
  {
    name: 'forgets what is deleted, takes it again, and deletes what is not there without complaint',
    async run(create) {
      const blobs = await create()
      const [hash, bytes] = blob(50, 6)
      await blobs.delete(hash)
      await blobs.put(hash, bytes)
      await blobs.delete(hash)
      expectEqual(await blobs.has(hash), false)
      expectEqual(await blobs.get(hash), undefined)
      expectEqual(await blobs.size(), 0)
      await blobs.put(hash, bytes)
      expectEqual(await blobs.get(hash), bytes)
    },
  },
  {
    name: 'survives a name that means something in a query',
    async run(create) {
      const blobs = await create()
      // Never a hash; an adapter that pastes names into queries would run it.
      const hash = "a'; REMOVE TABLE chunk; --` ⟩" as Hash
      const bytes = utf8ToBytes('safe')
      await blobs.put(hash, bytes)
      expectEqual(await blobs.get(hash), bytes)
    },
  },
]

function blob(length: number, seed: number): [Hash, Uint8Array] {
  const random = seededRandom(seed)
  const bytes = Uint8Array.from({ length }, () => random.integer(256))
  return [sha256(bytes), bytes]
}
