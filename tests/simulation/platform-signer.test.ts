import { describe, expect, it } from 'vitest'
import { createIdentity, seededRandom, utf8ToBytes } from '../../peer-core/index.ts'
import { platformSigner } from '../../simulator/world/platform-signer.ts'

describe('platformSigner', () => {
  it('has the same public key and gives the same signature as the portable one', () => {
    const random = seededRandom('signers')
    for (let i = 0; i < 8; i++) {
      const secret = Uint8Array.from({ length: 32 }, () => random.integer(256))
      const [portable, platform] = [createIdentity(secret), createIdentity(secret, platformSigner!)]
      expect(platform.peerId).toBe(portable.peerId)
      const bytes = utf8ToBytes(`message ${i}`)
      expect(platform.sign('test/1', bytes)).toEqual(portable.sign('test/1', bytes))
    }
  })
})
