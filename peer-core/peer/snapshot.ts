/**
 * What a peer shows of itself: one immutable value, replaced on every change, that a page, a command line or a test can
 * read. Nothing here is needed to run the peer.
 * @module
 */
import type { BlobId, Hash, PeerId, TaskId } from '../foundation/index.ts'
import type { EngineInfo, Path } from '../ports/index.ts'
import type { Barred } from '../reputation/index.ts'
import type { PeerStatus, Rejected, TaskSpec } from '../wire/index.ts'
import type { ApplyingView } from './admission/applying.ts'

export interface PeerView {
  readonly peer: PeerId
  readonly role: 'seed' | 'contributor'
  readonly status: PeerStatus
  readonly engine: string
  /** last committed round it knows */
  readonly round: number
  /** how we are connected; absent when we only hear of it through others */
  readonly path?: Path
  /** in [0.5, 1] */
  readonly reputation: number
  /** its work is not taken now */
  readonly barred?: Barred
  readonly lastSeen: number
}

export interface RoundView {
  readonly round: number
  readonly hash: Hash
  readonly model: BlobId
  readonly contributors: readonly PeerId[]
  readonly rejected: readonly Rejected[]
  /** milliseconds since 1970 */
  readonly at: number
  /** of this peer's own work in it, if any */
  readonly mine: 'accepted' | 'rejected' | 'none'
  /** mean over the contributors, weighted by examples, of what they claimed */
  readonly trainingLoss?: number
  /** of the committed model on a seed's test examples */
  readonly loss?: number
  readonly accuracy?: number
  /** of tasks of two classes */
  readonly auc?: number
  readonly f1?: number
}

export type ActivityView =
  | { readonly kind: 'idle'; readonly why: string }
  | {
      readonly kind: 'syncing'
      readonly what: 'model' | 'data' | 'commits'
      readonly done: number
      readonly total: number
    }
  | {
      readonly kind: 'training'
      readonly round: number
      readonly step: number
      readonly steps: number
      readonly loss: number
    }
  | { readonly kind: 'waiting'; readonly round: number; readonly until: number; readonly why: string }
  | { readonly kind: 'paused'; readonly why: string }
  /** it asks to be let in */
  | ({ readonly kind: 'admission' } & ApplyingView)
  /** its work is not taken before a round, if one is known */
  | { readonly kind: 'barred'; readonly why: Barred; readonly until?: number }

export interface TaskView {
  readonly id: TaskId
  readonly spec: TaskSpec
  readonly joined: boolean
  readonly activity: ActivityView
  /** deadline of the running round, milliseconds since 1970 */
  readonly deadline?: number
  /** whether a quorum of the committee is within reach; without it the mesh trains on and commits later */
  readonly quorum: boolean
  /** the shard of the task's data that we train on */
  readonly shard?: number
  /** ascending, the last 500 */
  readonly rounds: readonly RoundView[]
  readonly peers: readonly PeerView[]
  /** what this peer added so far */
  readonly mine: {
    readonly accepted: number
    readonly rejected: number
    readonly examples: number
    readonly steps: number
  }
  /** bytes of the model that this peer joined with, by the peer that gave them; empty when it had it, or made it */
  readonly joinedFrom: Readonly<Record<PeerId, number>>
  /** of the last evaluation: labels of a class (row) by what was said of them (column), row-major */
  readonly confusion?: readonly number[]
  /** how many times it mixed with neighbours because no commit came */
  readonly mixes: number
  /** messages of the committee that this peer dropped, by reason, since the start */
  readonly refusals: Readonly<Record<string, number>>
}

export interface Snapshot {
  readonly self: PeerId
  readonly engine: EngineInfo
  readonly addresses: readonly string[]
  readonly tasks: readonly TaskView[]
  /** bytes since the start, by path */
  readonly traffic: Readonly<Partial<Record<Path, { readonly sent: number; readonly received: number }>>>
  /** the last things a person should know, newest last, at most 50 */
  readonly notices: readonly { readonly at: number; readonly level: 'info' | 'warning'; readonly text: string }[]
}
