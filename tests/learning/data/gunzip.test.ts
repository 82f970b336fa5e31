import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { MiB } from '../../../peer-core/foundation/index.ts'
import { gunzip } from '../../../peer-core/learning/data/gunzip.ts'

describe('gunzip', () => {
  it('inflates what is longer than a piece of input', () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) >> 3)
    expect(gunzip(gzipSync(bytes), 'file', MiB)).toEqual(bytes)
  })

  it('stops a bomb soon after its limit', () => {
    const bomb = gzipSync(new Uint8Array(64 * MiB))
    expect(bomb.length).toBeLessThan(MiB / 8)
    expect(() => gunzip(bomb, 'bomb.gz', MiB)).toThrow('bomb.gz: inflates to more than')
    try {
      gunzip(bomb, 'bomb.gz', MiB)
    } catch (error) {
      expect(error).toMatchObject({ fault: { code: 'TOO_LARGE', file: 'bomb.gz', limit: MiB } })
      expect((error as { fault: { bytes: number } }).fault.bytes).toBeLessThan(18 * MiB)
    }
  })
})
