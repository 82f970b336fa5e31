/**
 * Branded ids. A brand costs nothing at run time and keeps a round's hash from being passed where a peer is meant.
 * @module
 */
declare const brand: unique symbol
type Branded<T, B extends string> = T & { readonly [brand]: B }

/** libp2p peer id of an Ed25519 key, base58btc, e.g. `12D3KooW…`. */
export type PeerId = Branded<string, 'PeerId'>
/** sha-256 of bytes, 64 lower-case hex digits. */
export type Hash = Branded<string, 'Hash'>
/** Hash of a blob's manifest: names content of any size. */
export type BlobId = Hash & { readonly blob?: never }
/** Hash of a task's canonical bytes. */
export type TaskId = Hash & { readonly task?: never }
/** Hash of a contribution's claim bytes. */
export type ContributionId = Hash & { readonly contribution?: never }

const hexHash = /^[0-9a-f]{64}$/
const ed25519PeerId = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/

export function isHash(text: string): text is Hash {
  return hexHash.test(text)
}

export function isPeerId(text: string): text is PeerId {
  return ed25519PeerId.test(text)
}
