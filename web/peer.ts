/**
 * The peer as the page sees it, and the types of what it shows. Every other module of the page imports them from here.
 * @module
 */
import type { Peer as WholePeer } from '../peer-core/index.ts'

export type {
  ActivityView,
  EngineInfo,
  EngineName,
  LoadableExamples,
  Path,
  PeerId,
  PeerStatus,
  PeerView,
  RejectionReason,
  RoundView,
  SignedInvitation,
  Snapshot,
  TaskId,
  TaskSpec,
  TaskView,
} from '../peer-core/index.ts'

/** What the page asks of a peer: all that a stand-in has to do. */
export type Peer = Pick<
  WholePeer,
  'snapshot' | 'connections' | 'subscribe' | 'join' | 'pause' | 'resume' | 'leave' | 'predict' | 'stop' | 'bring'
>
