/** What happens to a peer, for command lines and tests that follow along. @module */
import type { BlobId, Hash, PeerId, TaskId } from '../foundation/index.ts'
import type { Rejected } from '../wire/index.ts'

export type PeerEvent =
  | { readonly kind: 'round'; readonly task: TaskId; readonly round: number; readonly phase: RoundPhase }
  | {
      readonly kind: 'commit'
      readonly task: TaskId
      readonly round: number
      readonly hash: Hash
      readonly model: BlobId
      readonly contributors: readonly PeerId[]
      readonly rejected: readonly Rejected[]
      /** mean over the contributors of what they claimed, weighted by examples */
      readonly trainingLoss?: number
      /** of the contributions, together */
      readonly bytes: number
      /** since the commit before, on this peer's clock */
      readonly ms: number
    }
  | {
      readonly kind: 'evaluation'
      readonly task: TaskId
      readonly round: number
      readonly loss: number
      readonly accuracy: number
      readonly examples: number
      /** of tasks of two classes */
      readonly auc?: number
      readonly f1?: number
    }
  /** This peer has trained for the round. */
  | {
      readonly kind: 'trained'
      readonly task: TaskId
      readonly round: number
      readonly steps: number
      readonly ms: number
    }
  /** A model came from others; bytes from each. */
  | {
      readonly kind: 'fetched'
      readonly task: TaskId
      readonly model: BlobId
      readonly sources: Record<PeerId, number>
    }
  | { readonly kind: 'notice'; readonly level: 'info' | 'warning'; readonly text: string }

export type RoundPhase = 'training' | 'collecting' | 'voting'
