/**
 * Ed25519 identities (RFC 8032) and their libp2p peer ids.
 *
 * A peer id is base58btc of the identity multihash of the protobuf-wrapped public key (libp2p peer-ids spec), so the key
 * can be read back from the id and no message needs to carry both. Signatures are domain-separated: what is signed is
 * `utf8("zen-mesh/" + domain) ‖ 0x00 ‖ bytes`.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { base58btc } from 'multiformats/bases/base58'
import { concatBytes, sha256, utf8ToBytes } from './hash.ts'
import { type Hash, isPeerId, type PeerId } from './ids.ts'

// identity multihash (0x00), 36 bytes; protobuf { 1: Ed25519 (1), 2: 32 bytes of key }
const peerIdPrefix = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20)

export interface Identity {
  readonly peerId: PeerId
  /** 32 bytes */
  readonly publicKey: Uint8Array
  /** The 32-byte Ed25519 seed. Whoever has it is this peer: store it, never send it. */
  readonly secretSeed: Uint8Array
  /** @returns 64 bytes over `domain` and `bytes` */
  sign(domain: string, bytes: Uint8Array): Uint8Array
}

/** An Ed25519 key at work. RFC 8032 leaves a signer no choice: whoever signs the same bytes with it gives the same 64. */
export interface Signer {
  /** 32 bytes */
  readonly publicKey: Uint8Array
  sign(bytes: Uint8Array): Uint8Array
}

function portableSigner(secretSeed: Uint8Array): Signer {
  return { publicKey: ed25519.getPublicKey(secretSeed), sign: (bytes) => ed25519.sign(bytes, secretSeed) }
}

/**
 * @param secretSeed - 32 random bytes; drawn from the system when absent
 * @param signerOf - a faster signer than ours, where a platform has one
 */
export function createIdentity(
  secretSeed: Uint8Array = crypto.getRandomValues(new Uint8Array(32)),
  signerOf: (secretSeed: Uint8Array) => Signer = portableSigner,
): Identity {
  if (secretSeed.length !== 32) throw new RangeError(`an Ed25519 seed has 32 bytes, not ${secretSeed.length}`)
  const signer = signerOf(secretSeed)
  const peerId = peerIdOf(signer.publicKey)
  return {
    publicKey: signer.publicKey,
    secretSeed,
    peerId,
    sign(domain, bytes) {
      const signed = separated(domain, bytes)
      const signature = signer.sign(signed)
      // What we signed ourselves need not be checked when it comes back.
      remember(keyOf(peerId, signature, signed))
      return signature
    },
  }
}

export function peerIdOf(publicKey: Uint8Array): PeerId {
  return base58btc.baseEncode(concatBytes(peerIdPrefix, publicKey)) as PeerId
}

/** @throws {RangeError} when the id is not of an Ed25519 key */
export function publicKeyOf(peer: PeerId): Uint8Array {
  if (!isPeerId(peer)) throw new RangeError(`not the peer id of an Ed25519 key: ${String(peer).slice(0, 64)}`)
  return base58btc.baseDecode(peer).subarray(peerIdPrefix.length)
}

/**
 * What verified, the last of it: the same message comes by gossip and again by sync, a certificate is judged before it is
 * forwarded and again before it is stored, and checking a signature costs a hundred times what hashing a message does.
 */
const verified = new Set<Hash>()
const mostVerified = 8_192

/** False for a wrong signature, a malformed key and a malformed signature alike. */
export function verifySignature(peer: PeerId, domain: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (!isPeerId(peer)) return false
  const signed = separated(domain, bytes)
  const key = keyOf(peer, signature, signed)
  if (verified.has(key)) return true
  if (!checkSignature(peer, domain, bytes, signature)) return false
  remember(key)
  return true
}

/** The same without a memory. */
export function checkSignature(peer: PeerId, domain: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, separated(domain, bytes), publicKeyOf(peer))
  } catch {
    return false
  }
}

/** A peer id has no slash, so that no two questions have the same key. */
function keyOf(peer: PeerId, signature: Uint8Array, signed: Uint8Array): Hash {
  return sha256(concatBytes(utf8ToBytes(`${peer}/${signature.length}/`), signature, signed))
}

function remember(key: Hash): void {
  if (verified.size >= mostVerified) verified.delete(verified.values().next().value!)
  verified.add(key)
}

function separated(domain: string, bytes: Uint8Array): Uint8Array {
  return concatBytes(utf8ToBytes(`zen-mesh/${domain}`), Uint8Array.of(0), bytes)
}
