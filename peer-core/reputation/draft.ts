/** The next state while a round's evidence goes into it. Lives inside one call of `applyEvidence`. @module */
import type { PeerId } from '../foundation/index.ts'
import { institutionOfInviter, startOf } from './institutions.ts'
import type { ReputationRules } from './rules.ts'
import { influenceOf, type ReputationState, type Standing } from './state.ts'
import { TRANSPORT_START } from './transport.ts'

type Change = (standing: Standing) => Standing

export class Draft {
  readonly #before: ReputationState
  readonly #round: number
  readonly #rules: ReputationRules
  readonly #peers: Map<PeerId, Standing>
  readonly #invited: Map<PeerId, number>
  readonly #institutions: Map<string, { seats: number; tarnished: boolean }>

  constructor(before: ReputationState, round: number, rules: ReputationRules) {
    this.#before = before
    this.#round = round
    this.#rules = rules
    this.#peers = new Map(Object.entries(before.peers) as [PeerId, Standing][])
    this.#invited = new Map(Object.entries(before.invited) as [PeerId, number][])
    this.#institutions = new Map(Object.entries(before.institutions).map(([name, facts]) => [name, { ...facts }]))
  }

  changeAll(change: Change): void {
    for (const [peer, standing] of this.#peers) this.#peers.set(peer, change(standing))
  }

  /** Whom the state knows already keeps the standing it has. */
  admit(peer: PeerId, inviter?: PeerId): void {
    if (this.#peers.has(peer)) return
    const institution = inviter && institutionOfInviter(this.#rules, inviter)
    if (inviter !== undefined) this.#invited.set(inviter, (this.#invited.get(inviter) ?? 0) + 1)
    const facts = institution && (this.#institutions.get(institution.name) ?? { seats: 0, tarnished: false })
    if (institution && facts) this.#institutions.set(institution.name, { ...facts, seats: facts.seats + 1 })
    const quality = startOf(this.#rules, institution, facts?.tarnished ?? false)
    const founding = this.#round <= this.#rules.foundingRounds
    this.#peers.set(peer, {
      quality,
      transport: TRANSPORT_START,
      voting: 0,
      equivocated: false,
      influence: influenceOf(quality, this.#rules),
      from: founding ? this.#round : this.#round + 1 + this.#rules.entryRounds,
      suspendedUntil: 0,
      seen: this.#round,
      ...(inviter && { inviter }),
      ...(institution && { institution: institution.name }),
    })
  }

  /** Changes the standing of a peer that is known; suspends it when too little is left. */
  judge(peer: PeerId, change: Change): void {
    const standing = this.#peers.get(peer)
    if (standing === undefined) return
    const next = { ...change(standing), seen: this.#round }
    this.#peers.set(peer, next)
    if (next.quality < this.#rules.suspendBelow && next.quality < standing.quality) this.suspend(peer)
  }

  suspend(peer: PeerId): void {
    const standing = this.#peers.get(peer)
    if (standing === undefined) return
    this.#peers.set(peer, { ...standing, suspendedUntil: this.#round + 1 + this.#rules.suspensionRounds })
    const facts = standing.institution === undefined ? undefined : this.#institutions.get(standing.institution)
    if (facts !== undefined) this.#institutions.set(standing.institution!, { ...facts, tarnished: true })
  }

  /** Equivocation is never forgotten: its proof costs one line of state. */
  expire(): void {
    for (const [peer, { seen, equivocated }] of this.#peers) {
      if (!equivocated && this.#round - seen >= this.#rules.expireRounds) this.#peers.delete(peer)
    }
  }

  finish(): ReputationState {
    return {
      v: 1,
      round: this.#round,
      floor: this.#before.floor,
      peers: sorted(this.#peers),
      invited: sorted(this.#invited),
      institutions: sorted(this.#institutions),
    }
  }
}

/** By key, so that a state has one form whatever order its peers came in. */
function sorted<K extends string, V>(entries: ReadonlyMap<K, V>): Record<K, V> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) as Record<K, V>
}
