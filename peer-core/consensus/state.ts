/**
 * State, inputs and effects of the consensus machine: all of them data.
 * @module
 */
import type { Hash, PeerId, TaskId } from '../foundation/ids.ts'
import type { Commit } from './certificate.ts'
import type { Committee } from './committee.ts'
import type { Evidence } from './evidence.ts'
import type { Message, Proposal, Sign, Vote } from './messages.ts'
import type { Tally } from './tally.ts'
import type { TimeoutStep, Timing } from './timeouts.ts'
import type { Score, VetoPolicy } from './veto.ts'
import type { WalRecord } from './wal.ts'

/** What stays the same while a member runs. */
export interface MachineConfig {
  readonly task: TaskId
  readonly self: PeerId
  /** must be deterministic; see {@link Sign} */
  readonly sign: Sign
  readonly timing: Timing
  /** `null`: scores are committed as evidence and never veto */
  readonly veto: VetoPolicy | null
}

/**
 * `propose`, `prevote`, `precommit` are Tendermint's steps. `idle` before the first height, `committed` between a commit
 * and the next height, `halted` when a certificate contradicts this member's own recomputation: then more than a third
 * is Byzantine or this machine computes wrongly, and a person must look.
 */
export type Phase = 'idle' | 'propose' | 'prevote' | 'precommit' | 'committed' | 'halted'

export interface Locked {
  readonly round: number
  readonly value: Hash
}

export type Verdict = 'valid' | 'invalid' | 'pending'

/** A body that was put forward in this height. */
export interface Candidate {
  readonly body: Uint8Array
  readonly time: number
  readonly verdict: Verdict
  readonly score: Score | null
  /** its score, or evidence that cannot be judged here: nil for a fresh proposal */
  readonly vetoed: boolean
  /** this member would rather have another; heeded until every member had its turn to propose */
  readonly objected: boolean
  /** whether the write-ahead log holds the body */
  readonly logged: boolean
}

export interface RoundState {
  /** the first of the round's proposer */
  readonly proposal: Proposal | undefined
  /** whether that proposal, if fresh, came when an honest clock would send it */
  readonly timely: boolean
  readonly prevotes: Tally
  readonly precommits: Tally
  /** "for the first time" of lines 34, 36 and 47 */
  readonly prevoteTimer: boolean
  readonly polkaSeen: boolean
  readonly precommitTimer: boolean
}

export interface State {
  readonly phase: Phase
  readonly height: number
  /** hash of the body committed at `height − 1` */
  readonly parent: Hash | undefined
  readonly committee: Committee | undefined
  /** this member's place in the committee, −1 for an observer */
  readonly index: number
  /** whether this member may sign in this height */
  readonly signing: boolean
  /** it hears first whether it signed before, and signs then */
  readonly listening: boolean
  readonly round: number
  readonly locked: Locked | undefined
  readonly valid: Locked | undefined
  readonly rounds: ReadonlyMap<number, RoundState>
  readonly candidates: ReadonlyMap<Hash, Candidate>
  /** precommits of more than two thirds for one value */
  readonly certified: Locked | undefined
  /** what this member signed in the highest round it signed in */
  readonly signed: SignedRound
  /** highest round seen of each member, by place */
  readonly ahead: readonly number[]
  /** offences already told of */
  readonly told: ReadonlySet<string>
  /** messages of the next height that came early */
  readonly early: readonly { readonly message: Proposal | Vote; readonly now: number }[]
  readonly commit: Commit | undefined
  /** local time at which each peer's status was last answered, ms */
  readonly served: ReadonlyMap<PeerId, number>
}

export interface SignedRound {
  /** −1 before anything is signed */
  readonly round: number
  readonly proposal?: Proposal
  readonly prevote?: Vote
  readonly precommit?: Vote
}

export interface Timer {
  readonly step: TimeoutStep | 'gossip' | 'listen'
  readonly height: number
  readonly round: number
}

/** A height to decide: one commit of the task. */
export interface HeightStart {
  readonly height: number
  readonly parent: Hash
  readonly committee: Committee
  /** `false` for a member whose ledger lost what its write-ahead log has: it follows the height without signing */
  readonly signing?: boolean
  /** ms; a member that may have lost its log listens so long for what it signed before, and signs nothing if it hears of anything */
  readonly listenMs?: number
}

/** Everything that a machine learns; `now` is this member's clock, ms since 1970. */
export type Input = { readonly now: number } & (
  | ({ readonly type: 'height' } & HeightStart)
  /** admitted: decoded, within limits, signature checked ({@link admit}) */
  | { readonly type: 'message'; readonly message: Message; readonly from: PeerId }
  | { readonly type: 'timeout'; readonly timer: Timer }
  /** answer to `build`; `value = sha256(body)`, `time` is the body's */
  | {
      readonly type: 'built'
      readonly height: number
      readonly round: number
      readonly value: Hash
      readonly body: Uint8Array
      readonly time: number
      readonly score?: Score | null
    }
  /** answer to `recompute`; `pending` says nothing */
  | {
      readonly type: 'verdict'
      readonly height: number
      readonly value: Hash
      readonly verdict: Verdict
      readonly score?: Score | null
      /**
       * it is valid, and yet this member would rather have another: as a veto, on fresh proposals only, and only in as many rounds as
       * there are members
       */
      readonly objection?: boolean
      /** it names evidence that this member cannot judge: as a veto, on fresh proposals only, so that who can are not held up for ever */
      readonly unproven?: boolean
    }
)

/** What is to be done, in this order: a `write` is durable before the effect behind it is begun. */
export type Effect =
  | { readonly type: 'write'; readonly record: WalRecord }
  /** write-ahead records below this height may go */
  | { readonly type: 'truncate'; readonly below: number }
  | { readonly type: 'send'; readonly to: PeerId | 'all'; readonly message: Message }
  | { readonly type: 'timer'; readonly timer: Timer; readonly afterMs: number }
  /** make a commit body and answer with `built`; later rounds may make a smaller one */
  | { readonly type: 'build'; readonly height: number; readonly round: number; readonly parent: Hash }
  /** fetch, from its `proposer` first, recompute bit for bit, score, answer with `verdict`; asked once a value */
  | {
      readonly type: 'recompute'
      readonly height: number
      readonly value: Hash
      readonly body: Uint8Array
      readonly proposer: PeerId
    }
  | { readonly type: 'commit'; readonly height: number; readonly value: Hash; readonly commit: Commit }
  | { readonly type: 'evidence'; readonly evidence: Evidence }
  /** a peer is at a greater height: fetch commits from it or from anyone */
  | { readonly type: 'behind'; readonly height: number; readonly peer: PeerId }
  /** a peer is at a lesser height: send it the commit of that height from the ledger */
  | { readonly type: 'serve'; readonly to: PeerId; readonly height: number }
  /** a message that was of no use, to be counted; `member` is whose signature it bears, or who sent a status */
  | { readonly type: 'refused'; readonly reason: RefusalReason; readonly member: PeerId }
  | { readonly type: 'alarm'; readonly alarm: Alarm }

export type RefusalReason =
  | 'NOT_A_MEMBER'
  | 'NOT_THE_PROPOSER'
  | 'OLD_HEIGHT'
  | 'FAR_HEIGHT'
  | 'FAR_ROUND'
  | 'OLD_ROUND'
  | 'REPLAYED'
  | 'BAD_VALID_ROUND'
  | 'CONFLICTING'

export type Alarm =
  /** more than two thirds certify what this member recomputed to something else */
  | { readonly code: 'CERTIFIED_INVALID'; readonly value: Hash }
  /** a statement with this member's own signature that it does not remember: its log was lost, or its key is used twice */
  | { readonly code: 'FORGOTTEN_STATEMENT'; readonly statement: Proposal | Vote }
