/**
 * The latest contribution that each peer announced for the open round, with its envelope, for those who ask.
 *
 * To announce costs nothing, so places are given by order and not to who comes first: when all are taken, a claim displaces the last one,
 * where whose delta was not to be had comes after everyone, and all others by their standing, and then by lot.
 * @module
 */
import { type ContributionId, type Hash, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { type Claim, displacedBy, type Order } from '../round/index.ts'
import { limits } from '../wire/index.ts'

const mostClaims = 2 * limits.contributionsPerRound
const mostById = 4 * mostClaims
/** Of one peer and round. */
const mostOfPeer = 16
/** For the round after the open one: few, so that they cannot take the places of those that come in time. */
const mostEarly = 64
/** Ids of claims that failed, of which more come back from others. */
const mostFailed = 4 * mostById

export interface KnownClaim extends Claim {
  readonly envelope: Uint8Array
}

export class Claims {
  readonly #order: Order<Claim>
  #round = 0
  #digest: Hash | undefined
  readonly #byPeer = new Map<PeerId, KnownClaim>()
  /** Of the open round, also those that were replaced since: another member may have taken them. */
  readonly #byId = new Map<ContributionId, KnownClaim>()
  readonly #failed = new Set<ContributionId>()

  /** @param order - of peers, as of the head */
  constructor(order: Order<PeerId>) {
    this.#order = (a, b) => {
      const failed = Number(this.#failed.has(a.id)) - Number(this.#failed.has(b.id))
      return failed || order(a.contribution.peer, b.contribution.peer)
    }
  }

  /** Forgets those of other rounds. */
  open(round: number): void {
    this.#round = round
    this.#digest = undefined
    this.#failed.clear()
    for (const [peer, claim] of this.#byPeer) {
      if (claim.contribution.round !== round) this.#byPeer.delete(peer)
    }
    for (const [id, claim] of this.#byId) if (claim.contribution.round !== round) this.#byId.delete(id)
  }

  /**
   * @param isNamed - by a body: remembered however much its peer announced besides, or that peer could leave members with what others lack
   * @returns whether it is for the open round or the next, newer than what we had, and has a place
   */
  add(claim: KnownClaim, isNamed = false): boolean {
    const { peer, round, sequence } = claim.contribution
    // One round ahead: its commit may reach us later than its first contributions.
    if (round !== this.#round && round !== this.#round + 1) return false
    this.#remember(claim, isNamed)
    const known = this.#byPeer.get(peer)?.contribution
    if (known !== undefined && (known.round > round || (known.round === round && known.sequence >= sequence))) {
      return false
    }
    if (known === undefined) {
      const held = [...this.#byPeer.values()].filter((one) => one.contribution.round === round)
      if (held.length >= (round === this.#round ? mostClaims : mostEarly)) {
        const displaced = displacedBy(claim, held, this.#order)
        if (displaced === undefined) return false
        this.#byPeer.delete(displaced.contribution.peer)
      }
    }
    this.#byPeer.set(peer, claim)
    this.#digest = undefined
    return true
  }

  /** Its delta was not to be had: it keeps its place only while nobody else needs it. */
  failed(id: ContributionId): void {
    if (this.#failed.size < mostFailed) this.#failed.add(id)
  }

  /** Whatever came before or after it: what one member collected another may have to recompute. */
  #remember(claim: KnownClaim, isNamed: boolean): void {
    if (this.#byId.has(claim.id)) return
    const { peer, round } = claim.contribution
    let ofPeer = 0
    for (const { contribution: one } of this.#byId.values()) if (one.peer === peer && one.round === round) ofPeer++
    if (ofPeer >= mostOfPeer && !isNamed) return
    if (this.#byId.size >= mostById) {
      const displaced = displacedBy<Claim>(claim, this.#byId.values(), this.#order)
      if (displaced === undefined) return
      this.#byId.delete(displaced.id)
    }
    this.#byId.set(claim.id, claim)
  }

  ofRound(): KnownClaim[] {
    return [...this.#byPeer.values()].filter((claim) => claim.contribution.round === this.#round)
  }

  /** Names what is known of the open round: the sha-256 of its ids, ascending. */
  get digest(): Hash {
    this.#digest ??= sha256(
      utf8ToBytes(
        this.ofRound()
          .map(({ id }) => id)
          .sort()
          .join(''),
      ),
    )
    return this.#digest
  }

  get(peer: PeerId): KnownClaim | undefined {
    return this.#byPeer.get(peer)
  }

  find(id: ContributionId): KnownClaim | undefined {
    return this.#byId.get(id) ?? [...this.#byPeer.values()].find((claim) => claim.id === id)
  }
}
