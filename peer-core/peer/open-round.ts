/**
 * The round that is open on this peer: what was announced for it, and, on a committee member, what of it is collected. Others keep
 * backups of what falls to them.
 * @module
 */
import type { CommitBody } from '../consensus/index.ts'
import type { PeerId } from '../foundation/index.ts'
import { type Claim, type Order, type Parent, Patience } from '../round/index.ts'
import type { Contribution, PeerStatus, RejectionReason } from '../wire/index.ts'
import { Claims, type KnownClaim } from './claims.ts'
import { type Collected, Collecting } from './collecting.ts'
import type { Deltas } from './deltas.ts'
import type { PeerEvent } from './events.ts'
import type { Membership } from './membership.ts'
import type { Models } from './models.ts'
import type { SessionContext } from './session-context.ts'

export interface OpenRoundParts {
  readonly models: Models
  readonly deltas: Deltas
  readonly membership: Membership
  isMember(): boolean
  head(): Parent
  /** What we do ourselves. */
  status(): PeerStatus
  /** Whether a round takes nothing of a peer: it is neither waited for nor fetched from. */
  isBarred(peer: PeerId, round: number): boolean
  /** Who goes first, as of the head, where there is not room for all. */
  readonly order: Order<PeerId>
  /** Whether a commit of nothing but admissions has a use. */
  readonly letsIn: () => boolean
  /** Somebody's work for this round. */
  onClaim(claim: KnownClaim): void
  onCollected(collected: Collected): void
  readonly onEvent: (event: PeerEvent) => void
}

export class OpenRound {
  readonly claims: Claims
  readonly #context: SessionContext
  readonly #parts: OpenRoundParts
  readonly #collecting: Collecting
  readonly #patience = new Patience()

  constructor(context: SessionContext, parts: OpenRoundParts) {
    this.#context = context
    this.#parts = parts
    this.claims = new Claims(parts.order)
    this.#collecting = new Collecting(context, {
      deltas: parts.deltas,
      order: parts.order,
      letsIn: parts.letsIn,
      onFailed: (id) => this.claims.failed(id),
      onClosed: (collected) => {
        parts.onEvent({ kind: 'round', task: context.task, round: collected.round, phase: 'voting' })
        parts.onCollected(collected)
      },
    })
  }

  /** Until when contributions are awaited, on a member. */
  get deadline(): number | undefined {
    return this.#collecting.deadline
  }

  /** On a member: what came in time and was found good. */
  get verified(): readonly Claim[] {
    return this.#collecting.verified
  }

  /** Begins the round after the head, with what was announced for it already. */
  open(): void {
    const { models, membership, head, status, onClaim, onEvent } = this.#parts
    const { round: last, model } = head()
    const round = last + 1
    this.claims.open(round)
    for (const claim of this.claims.ofRound()) onClaim(claim)
    if (!this.#parts.isMember()) {
      this.#collecting.stop()
      return
    }
    this.#collecting.open(round, model, models.bytes, this.#patience.unawaited(round))
    onEvent({ kind: 'round', task: this.#context.task, round, phase: 'collecting' })
    this.presence(this.#context.identity.peerId, status())
    for (const [peer, { presence }] of membership.present()) this.presence(peer, presence.status)
    for (const claim of this.claims.ofRound()) this.#collect(claim)
  }

  /** Tells who delivered, so that the rounds to come know for whom to wait. */
  committed(body: CommitBody): void {
    this.#patience.committed(body)
  }

  stop(): void {
    this.#collecting.stop()
  }

  /** Whether a contribution is for a round that is open here or next, and of somebody whom that round may take. */
  mayTake({ peer, round }: Contribution): boolean {
    const ahead = round - this.#parts.head().round
    return (ahead === 1 || ahead === 2) && !this.#parts.isBarred(peer, round)
  }

  /** @param isNamed - by a body of this round */
  claim(claim: KnownClaim, isNamed = false): void {
    // Before it has a place: who is barred announces for nothing, under as many names as it likes.
    if (!this.mayTake(claim.contribution) || !this.claims.add(claim, isNamed)) return
    const { deltas, isMember, head, onClaim } = this.#parts
    const isOpen = claim.contribution.round === head().round + 1
    if (isOpen) onClaim(claim)
    if (isMember()) this.#collect(claim)
    else if (isOpen && deltas.isBackupOf(claim)) void deltas.get(claim)
  }

  #collect(claim: KnownClaim): void {
    if (this.mayTake(claim.contribution)) this.#collecting.feed({ kind: 'claim', claim })
  }

  presence(peer: PeerId, status: PeerStatus): void {
    const { isBarred, head } = this.#parts
    if (!isBarred(peer, head().round + 1)) this.#collecting.feed({ kind: 'presence', peer, status })
  }

  gone(peer: PeerId): void {
    this.#collecting.feed({ kind: 'gone', peer })
  }

  /** A peer broke a protocol. It counts only when it takes part here. */
  misbehaved(peer: PeerId, reason: RejectionReason): void {
    const { membership } = this.#parts
    if (membership.get(peer) !== undefined) this.#collecting.feed({ kind: 'misbehaved', peer, reason })
  }
}
