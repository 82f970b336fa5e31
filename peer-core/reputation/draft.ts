/** The next state while a round's evidence goes into it. Lives inside one call of `applyEvidence`. @module */
import type { PeerId } from '../foundation/index.ts'
import { ReputationError } from './errors.ts'
import { times } from './fixed-point.ts'
import { firstStart, institutionOf, type Start, seatProblem, startAfter, startBeside } from './institutions.ts'
import { gain, keepAfter, lose, mostRemembered, recover, remembered } from './quality.ts'
import type { InstitutionRules, ReputationRules } from './rules.ts'
import type { ReputationState, Standing } from './state.ts'
import { afterTurn, afterWork } from './turns.ts'

type Change = (standing: Standing, peer: PeerId) => Standing

export class Draft {
  readonly #before: ReputationState
  readonly #round: number
  readonly #rules: ReputationRules
  readonly #peers: Map<PeerId, Standing>
  readonly #harmed = new Set<PeerId>()
  readonly #invited: Map<PeerId, number>
  readonly #institutions: Map<string, { seats: number; start: number }>

  constructor(before: ReputationState, round: number, rules: ReputationRules) {
    this.#before = before
    this.#round = round
    this.#rules = rules
    this.#peers = new Map(Object.entries(before.peers) as [PeerId, Standing][])
    this.#invited = new Map(Object.entries(before.invited) as [PeerId, number][])
    this.#institutions = new Map(Object.entries(before.institutions).map(([name, facts]) => [name, { ...facts }]))
  }

  changeAll(change: Change): void {
    for (const [peer, standing] of this.#peers) this.#peers.set(peer, change(standing, peer))
  }

  /**
   * Whom the state knows already keeps the standing it has.
   * @throws {@link ReputationError} `ADMISSION_REFUSED` when its inviter or institution has no seat left
   */
  admit(peer: PeerId, inviter?: PeerId): void {
    if (this.#peers.has(peer)) return
    if (inviter !== undefined) this.#takeSeat(peer, inviter)
    // Whom the task names as an inviter is of that house, whoever let it in.
    const institution = institutionOf(this.#rules, peer) ?? (inviter && institutionOf(this.#rules, inviter))
    const start =
      institution === undefined ? startBeside(this.#rules, this.#rules.entry, []) : this.#startIn(institution)
    const founding = this.#round <= this.#rules.foundingRounds
    this.#peers.set(peer, {
      ...start,
      harms: 0,
      equivocated: false,
      from: founding ? this.#round : this.#round + 1 + this.#rules.entryRounds,
      suspendedUntil: 0,
      seen: this.#round,
      waitsSince: this.#round,
      works: 0,
      ...(inviter && { inviter }),
      ...(institution && { institution: institution.name }),
    })
  }

  #startIn(institution: InstitutionRules): Start {
    const peers = [...this.#peers.values()].filter((standing) => standing.institution === institution.name)
    return startBeside(this.#rules, this.#factsOf(institution).start, peers)
  }

  #factsOf(institution: InstitutionRules): { seats: number; start: number } {
    const facts = this.#institutions.get(institution.name) ?? { seats: 0, start: firstStart(this.#rules, institution) }
    this.#institutions.set(institution.name, facts)
    return facts
  }

  #takeSeat(peer: PeerId, inviter: PeerId): void {
    const taken = { invited: Object.fromEntries(this.#invited), institutions: Object.fromEntries(this.#institutions) }
    const why = seatProblem(taken, this.#rules, inviter)
    if (why !== undefined) throw new ReputationError({ code: 'ADMISSION_REFUSED', peer, why })
    this.#invited.set(inviter, (this.#invited.get(inviter) ?? 0) + 1)
    const institution = institutionOf(this.#rules, inviter)
    if (institution === undefined) return
    const facts = this.#factsOf(institution)
    this.#institutions.set(institution.name, { ...facts, seats: facts.seats + 1 })
  }

  /** Changes the standing of a peer that is known. */
  judge(peer: PeerId, change: Change): void {
    const standing = this.#peers.get(peer)
    if (standing !== undefined) this.#peers.set(peer, { ...change(standing, peer), seen: this.#round })
  }

  qualityOf(peer: PeerId): number {
    return this.#peers.get(peer)?.quality ?? 0
  }

  /** Its work was taken and did no harm. */
  work(peer: PeerId, { isJudged, earned }: { readonly isJudged: boolean; readonly earned: number }): void {
    this.judge(peer, (standing) => {
      const after = { ...standing, quality: gain(standing.quality, earned) }
      // Judged, and worth nothing.
      const wasInVain = isJudged && earned === 0
      return afterWork(after, { round: this.#round, wasInVain }, this.#rules)
    })
  }

  /**
   * Its work did harm; suspends it when too little standing is left.
   * @param harm - millionths of all the harm there is
   */
  harm(peer: PeerId, harm: number): void {
    this.#fall(peer, (standing) => {
      const harms = remembered(standing.harms, this.#rules)
      const quality = lose(standing.quality, harm, keepAfter(standing.harms, this.#rules))
      return { ...standing, harms, quality, ...(quality < this.#rules.suspendBelow && this.#suspended()) }
    })
  }

  /** What it signed is a lie, and the proof is in the commit. */
  fraud(peer: PeerId): void {
    this.#fall(peer, (standing) => ({
      ...standing,
      harms: mostRemembered(this.#rules),
      quality: times(standing.quality, this.#rules.fraudKeep),
      ...this.#suspended(),
    }))
  }

  #suspended(): Pick<Standing, 'suspendedUntil'> {
    return { suspendedUntil: this.#round + 1 + this.#rules.suspensionRounds }
  }

  #fall(peer: PeerId, change: Change): void {
    this.#harmed.add(peer)
    this.judge(peer, (standing, who) => afterTurn(change(standing, who), this.#round))
    this.#answerFor(this.#peers.get(peer))
  }

  /** Its house starts nobody higher from now on. */
  #answerFor({ institution, quality = 0 }: Partial<Standing> = {}): void {
    const facts = institution === undefined ? undefined : this.#institutions.get(institution)
    if (institution === undefined || facts === undefined) return
    this.#institutions.set(institution, { ...facts, start: startAfter(this.#rules, facts.start, quality) })
  }

  /** Bad standing of everyone who did no harm in this round fades. */
  recoverUnharmed(): void {
    this.changeAll((standing, peer) =>
      this.#harmed.has(peer)
        ? standing
        : { ...standing, harms: Math.max(0, standing.harms - 1), quality: recover(standing.quality, this.#rules) },
    )
  }

  /** Equivocation is never forgotten: its proof costs one line of state. */
  expire(): void {
    for (const [peer, standing] of this.#peers) {
      if (standing.equivocated) continue
      if (this.#round - standing.seen < this.#rules.expireRounds && !this.#isPastLie(standing)) continue
      this.#peers.delete(peer)
      this.#answerFor(standing)
    }
  }

  /**
   * Whether one lie, as long ago as a suspension lasts, is all that is known, where a new name needs nothing to work: names that cost nothing
   * are not to fill the state. It may come back as a newcomer, which it is by now.
   */
  #isPastLie({ from, seen, suspendedUntil, quality, harms, institution }: Standing): boolean {
    const isStranger = this.#rules.admission.kind === 'free' && this.#round < this.#rules.foundingRounds
    const isOver =
      suspendedUntil > 0 && suspendedUntil <= this.#round + 1 && quality === this.#rules.entry && harms === 0
    return isStranger && isOver && seen === from && institution === undefined
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
