/** The latest contribution that each peer announced for the open round, with its envelope, for those who ask. @module */
import { type ContributionId, type Hash, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import type { Claim } from '../round/index.ts'
import { limits } from '../wire/index.ts'

const mostClaims = 2 * limits.contributionsPerRound
const mostById = 4 * mostClaims
/** Of one peer and round. */
const mostOfPeer = 16
/** For the round after the open one: few, so that they cannot take the places of those that come in time. */
const mostEarly = 64

export interface KnownClaim extends Claim {
  readonly envelope: Uint8Array
}

export class Claims {
  #round = 0
  #digest: Hash | undefined
  readonly #byPeer = new Map<PeerId, KnownClaim>()
  /** Of the open round, also those that were replaced since: another member may have taken them. */
  readonly #byId = new Map<ContributionId, KnownClaim>()

  /** Forgets those of other rounds. */
  open(round: number): void {
    this.#round = round
    this.#digest = undefined
    for (const [peer, claim] of this.#byPeer) {
      if (claim.contribution.round !== round) this.#byPeer.delete(peer)
    }
    for (const [id, claim] of this.#byId) if (claim.contribution.round !== round) this.#byId.delete(id)
  }

  /** @returns whether it is for the open round and newer than what we had */
  add(claim: KnownClaim): boolean {
    const { peer, round, sequence } = claim.contribution
    // One round ahead: its commit may reach us later than its first contributions.
    if (round !== this.#round && round !== this.#round + 1) return false
    this.#remember(claim)
    const known = this.#byPeer.get(peer)?.contribution
    if (known !== undefined && (known.round > round || (known.round === round && known.sequence >= sequence))) {
      return false
    }
    if (known === undefined && this.#countOf(round) >= (round === this.#round ? mostClaims : mostEarly)) return false
    this.#byPeer.set(peer, claim)
    this.#digest = undefined
    return true
  }

  /** Whatever came before or after it: what one member collected another may have to recompute. */
  #remember(claim: KnownClaim): void {
    const { peer, round } = claim.contribution
    let ofPeer = 0
    for (const { contribution: one } of this.#byId.values()) if (one.peer === peer && one.round === round) ofPeer++
    if (ofPeer < mostOfPeer && this.#byId.size < mostById) this.#byId.set(claim.id, claim)
  }

  #countOf(round: number): number {
    let count = 0
    for (const { contribution } of this.#byPeer.values()) if (contribution.round === round) count++
    return count
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
