import { describe, expect, it } from 'vitest'
import { type BlobId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { RowCache } from '../../peer-core/peer/row-cache.ts'

const blob = (name: string) => sha256(utf8ToBytes(name)) as BlobId
const row = () => new Float32Array(25) // 100 bytes
const held = (cache: RowCache, ...names: string[]) => names.filter((name) => cache.get(blob(name)) !== undefined)

describe('RowCache', () => {
  it('keeps the rows that were needed last, up to so many bytes', () => {
    const cache = new RowCache(250)
    for (const name of ['a', 'b']) cache.put(blob(name), row())
    expect(held(cache, 'b', 'a')).toEqual(['b', 'a'])
    cache.put(blob('c'), row())
    expect(held(cache, 'a', 'b', 'c')).toEqual(['a', 'c'])
  })

  it('counts a row once however often it is put, and keeps none that is too large', () => {
    const cache = new RowCache(250)
    for (let times = 0; times < 9; times++) cache.put(blob('a'), row())
    cache.put(blob('b'), row())
    expect(held(cache, 'a', 'b')).toEqual(['a', 'b'])
    cache.put(blob('large'), new Float32Array(1_000))
    expect(held(cache, 'a', 'b', 'large')).toEqual([])
    cache.put(blob('a'), row())
    expect(held(cache, 'a')).toEqual(['a'])
  })

  it('forgets all', () => {
    const cache = new RowCache(250)
    cache.put(blob('a'), row())
    cache.clear()
    expect(held(cache, 'a')).toEqual([])
  })
})
