/**
 * Ed25519 by Node's OpenSSL, fifteen times as fast as ours in JavaScript: a world signs for all of its peers. The bytes are
 * the same ones (RFC 8032), so that a transcript does not tell where it was made.
 * @module
 */
import type { Signer } from '../../peer-core/index.ts'

/** PKCS #8 of an Ed25519 seed (RFC 8410, section 7), up to the seed. */
const pkcs8Prefix = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)
/** SubjectPublicKeyInfo (RFC 8410, section 4) ends with the key. */
const keyBytes = 32

const node = typeof process === 'object' ? process.getBuiltinModule?.('node:crypto') : undefined

/** `undefined` in a tab, whose own Ed25519 is asynchronous: there the portable one signs. */
export const platformSigner: ((secretSeed: Uint8Array) => Signer) | undefined =
  node === undefined
    ? undefined
    : (secretSeed) => {
        const der = Buffer.concat([pkcs8Prefix, secretSeed])
        const secret = node.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
        const spki = node.createPublicKey(secret).export({ format: 'der', type: 'spki' })
        return {
          publicKey: Uint8Array.from(spki.subarray(-keyBytes)),
          sign: (bytes) => Uint8Array.from(node.sign(null, bytes, secret)),
        }
      }
