import { describe, expect, it } from 'vitest'
import { portableSha256, sha256 } from '../../peer-core/foundation/hash.ts'
import { seededRandom } from '../../peer-core/foundation/index.ts'

describe('sha256', () => {
  it('is that of FIPS 180-4 for "abc"', () => {
    expect(sha256(Uint8Array.of(0x61, 0x62, 0x63))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    )
  })

  it('is the same where the platform hashes and where JavaScript does, at every border of a block', () => {
    expect(sha256).not.toBe(portableSha256)
    const random = seededRandom('blocks')
    for (const length of [0, 1, 55, 56, 63, 64, 65, 127, 128, 100_003]) {
      const whole = Uint8Array.from({ length: length + 3 }, () => random.integer(256))
      const part = whole.subarray(3)
      expect(sha256(part), `${length} bytes`).toBe(portableSha256(part))
    }
  })
})
