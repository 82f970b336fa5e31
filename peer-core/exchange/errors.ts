import { type BlobId, type PeerId, ZenError } from '../foundation/index.ts'

/** What a provider did wrong. Values, for whoever keeps score; one bad provider does not end a fetch. */
export interface Misbehaviour {
  readonly peer: PeerId
  readonly what: 'malformed' | 'wrong-hash'
}

export type ExchangeFault =
  | { code: 'NO_PROVIDER'; blob: BlobId }
  | { code: 'INCOMPLETE'; blob: BlobId; have: number; of: number; misbehaviour: readonly Misbehaviour[] }
  | { code: 'TOO_LARGE'; blob: BlobId; bytes: number; limit: number }
  | { code: 'BAD_MANIFEST'; blob: BlobId; why: string }
export class ExchangeError extends ZenError<ExchangeFault> {}
