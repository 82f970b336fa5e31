import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { describe, expect, it } from 'vitest'
import {
  createIdentity,
  hexToBytes,
  type PeerId,
  publicKeyOf,
  utf8ToBytes,
  verifySignature,
} from '../../peer-core/index.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('createIdentity', () => {
  it('has the peer id that libp2p gives the same key', async () => {
    const theirs = peerIdFromPrivateKey(await generateKeyPairFromSeed('Ed25519', secret)).toString()
    expect(createIdentity(secret).peerId).toBe(theirs)
  })

  it('derives the public key of RFC 8032, test 2', () => {
    const { publicKey } = createIdentity(hexToBytes('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
    expect(publicKey).toEqual(hexToBytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'))
  })

  it('has its public key in its peer id', () => {
    const { peerId, publicKey } = createIdentity(secret)
    expect(publicKeyOf(peerId)).toEqual(publicKey)
  })

  it('refuses a seed of another length', () => {
    expect(() => createIdentity(new Uint8Array(31))).toThrow('32 bytes')
  })
})

describe('verifySignature', () => {
  const { peerId, sign } = createIdentity(secret)
  const bytes = utf8ToBytes('what is signed')
  const signature = sign('test/1', bytes)

  it('accepts what was signed', () => {
    expect(verifySignature(peerId, 'test/1', bytes, signature)).toBe(true)
    expect(verifySignature(peerId, 'test/1', bytes, signature)).toBe(true)
  })

  it('refuses other bytes, another domain, another signer, and a signature that is none', () => {
    const other = createIdentity(new Uint8Array(32).fill(9)).peerId
    expect(verifySignature(peerId, 'test/1', utf8ToBytes('something else'), signature)).toBe(false)
    expect(verifySignature(peerId, 'test/2', bytes, signature)).toBe(false)
    expect(verifySignature(other, 'test/1', bytes, signature)).toBe(false)
    expect(verifySignature(peerId, 'test/1', bytes, new Uint8Array(3))).toBe(false)
    expect(verifySignature(peerId, 'test/1', bytes, new Uint8Array(64))).toBe(false)
    expect(verifySignature(`${peerId}/` as PeerId, 'test/1', bytes, signature)).toBe(false)
  })
})
