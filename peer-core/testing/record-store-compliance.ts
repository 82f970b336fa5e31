/** What every {@link RecordStore} must show. @module */
import { seededRandom, utf8ToBytes } from '../foundation/index.ts'
import type { RecordStore } from '../ports/index.ts'
import { type ComplianceCase, expectEqual } from './compliance.ts'

export const recordStoreCases: readonly ComplianceCase<RecordStore>[] = [
  {
    name: 'gives back the last that was put, and nothing for an unknown key',
    async run(create) {
      const records = await create()
      expectEqual(await records.get('settings/theme'), undefined)
      await records.put('settings/theme', utf8ToBytes('dark'))
      await records.put('settings/theme', utf8ToBytes('light'))
      await records.put('settings/empty', new Uint8Array(0))
      expectEqual(await records.get('settings/theme'), utf8ToBytes('light'))
      expectEqual(await records.get('settings/empty'), new Uint8Array(0))
    },
  },
  {
    name: 'lists what starts with a prefix, ascending by code unit, up to a limit',
    async run(create) {
      const records = await create()
      const keys = ['a', 'a/', 'a/1', 'a/10', 'a/2', 'a/B', 'a/a', 'a/~', 'a0', 'b/1', 'A/1', ' a/1']
      for (const key of keys.toReversed()) await records.put(key, utf8ToBytes(key))
      const listed = async (prefix: string, limit: number) => (await records.list(prefix, limit)).map(({ key }) => key)
      expectEqual(await listed('a/', 100), ['a/', 'a/1', 'a/10', 'a/2', 'a/B', 'a/a', 'a/~'])
      expectEqual(await listed('a/', 3), ['a/', 'a/1', 'a/10'])
      expectEqual(await listed('a/1', 100), ['a/1', 'a/10'])
      expectEqual(await listed('', 100), keys.toSorted())
      expectEqual(await listed('c', 100), [])
      expectEqual(await listed('', 0), [])
    },
  },
  {
    name: 'lists the bytes with their keys',
    async run(create) {
      const records = await create()
      await records.put('k/1', Uint8Array.of(1, 2))
      await records.put('k/2', Uint8Array.of(3))
      expectEqual(await records.list('k/', 10), [
        { key: 'k/1', bytes: Uint8Array.of(1, 2) },
        { key: 'k/2', bytes: Uint8Array.of(3) },
      ])
    },
  },
  {
    name: 'agrees with a sorted map over a long random history',
    async run(create) {
      const records = await create()
      const model = new Map<string, Uint8Array>()
      const random = seededRandom('records')
      for (let i = 0; i < 150; i++) {
        const key = Array.from({ length: 1 + random.integer(3) }, () => '/aZ-~'[random.integer(5)]).join('')
        if (random.integer(4) === 0) {
          await records.delete(key)
          model.delete(key)
        } else {
          const bytes = Uint8Array.of(i)
          await records.put(key, bytes)
          model.set(key, bytes)
        }
      }
      for (const prefix of ['', '/', 'a', 'aZ', '~']) {
        const expected = [...model].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))
        expectEqual(
          await records.list(prefix, 7),
          expected.slice(0, 7).map(([key, bytes]) => ({ key, bytes })),
        )
      }
    },
  },
  {
    name: 'forgets what is deleted, and deletes what is not there without complaint',
    async run(create) {
      const records = await create()
      await records.delete('nothing')
      await records.put('some', Uint8Array.of(1))
      await records.delete('some')
      expectEqual(await records.get('some'), undefined)
      expectEqual(await records.list('', 10), [])
    },
  },
  {
    name: 'keeps one of many writes at once',
    async run(create) {
      const records = await create()
      const writes = Array.from({ length: 16 }, (_, i) => records.put('contended', Uint8Array.of(i)))
      await Promise.all(writes)
      const kept = await records.list('', 10)
      expectEqual(kept.length, 1)
      expectEqual(kept[0]?.bytes.length, 1)
    },
  },
  {
    name: 'takes quotes and query words as part of a key',
    async run(create) {
      const records = await create()
      const key = 'it\'s "a" `key`; REMOVE TABLE record; -- $key \\'
      await records.put(key, Uint8Array.of(7))
      expectEqual(await records.get(key), Uint8Array.of(7))
      expectEqual(await records.list('it\'s "', 10), [{ key, bytes: Uint8Array.of(7) }])
    },
  },
  {
    name: 'refuses an empty key, one beyond printable ASCII and one that is too long',
    async run(create) {
      const records = await create()
      for (const key of ['', 'naïve', 'line\n', '\u{1F600}', 'x'.repeat(513)]) {
        const outcome = await records.put(key, new Uint8Array(1)).then(
          () => 'stored',
          (error: unknown) => error instanceof RangeError && 'refused',
        )
        expectEqual(outcome, 'refused')
      }
      await records.put('x'.repeat(512), new Uint8Array(1))
      expectEqual((await records.list('', 10)).length, 1)
    },
  },
  {
    name: 'shares no memory with its callers',
    async run(create) {
      const records = await create()
      const given = Uint8Array.of(1, 2, 3)
      const put = records.put('key', given)
      given.fill(0)
      await put
      const taken = await records.get('key')
      expectEqual(taken, Uint8Array.of(1, 2, 3))
      taken?.fill(0)
      expectEqual(await records.get('key'), Uint8Array.of(1, 2, 3))
    },
  },
]
