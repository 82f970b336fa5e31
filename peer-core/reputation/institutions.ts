/**
 * What a consortium states for its institutions: who invites for them, their seats, their share of a round, where their peers start.
 *
 * An institution answers for its peers: whoever comes after one that fell by harm, that was forgotten or that stands worse starts no higher
 * than that one, so that a new name from the same house never brings back what the old one lost.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import type { AdmissionProblem } from './errors.ts'
import type { InstitutionRules, ReputationRules } from './rules.ts'
import { influenceOf } from './state.ts'

/** The institution that this peer invites for, if any: it belongs to it, and the task names it, so that it takes no seat. */
export function institutionOf(rules: ReputationRules, inviter: PeerId): InstitutionRules | undefined {
  return rules.institutions.find(({ inviters }) => inviters.includes(inviter))
}

/** Standing that the first peer of an institution begins with, in millionths. */
export function firstStart(rules: ReputationRules, institution: InstitutionRules): number {
  return institution.start ?? rules.entry
}

/** What a house's next peer starts with, and the most influence that it starts with. */
export interface Start {
  readonly quality: number
  readonly influence: number
}

/**
 * No higher than the peer of the house that stands worst, and never below a newcomer: so that nobody who let its standing go, idle or
 * in some other way than by harm, gets it back by another name.
 * @param start - of the house, after all the harm that its peers did
 * @param peers - of the house, that are known
 */
export function startBeside(rules: ReputationRules, start: number, peers: readonly Start[]): Start {
  const quality = Math.max(rules.entry, Math.min(start, ...peers.map((peer) => peer.quality)))
  const influence = Math.min(influenceOf(quality, rules), ...peers.map((peer) => peer.influence))
  return { quality, influence }
}

/** Where the institution's next peer starts after one of its peers fell to `quality` by harm, or was forgotten with so much. */
export function startAfter(rules: ReputationRules, start: number, quality: number): number {
  return Math.min(start, Math.max(rules.entry, quality))
}

export interface SeatsTaken {
  /** by inviter */
  readonly invited: Readonly<Record<PeerId, number>>
  /** by name */
  readonly institutions: Readonly<Record<string, { readonly seats: number }>>
}

/** After one more peer of this inviter was let in. */
export function withSeat({ invited, institutions }: SeatsTaken, rules: ReputationRules, inviter: PeerId): SeatsTaken {
  const guests = Object.hasOwn(invited, inviter) ? invited[inviter]! : 0
  const next = { ...invited, [inviter]: guests + 1 }
  const name = institutionOf(rules, inviter)?.name
  if (name === undefined) return { invited: next, institutions }
  const seats = Object.hasOwn(institutions, name) ? institutions[name]!.seats : 0
  return { invited: next, institutions: { ...institutions, [name]: { seats: seats + 1 } } }
}

/** Whether one more peer of this inviter can be let in. Seats and invitations are for the task's life: leaving frees none. */
export function seatProblem(
  { invited, institutions }: SeatsTaken,
  rules: ReputationRules,
  inviter: PeerId,
): AdmissionProblem | undefined {
  const institution = institutionOf(rules, inviter)
  const { admission } = rules
  const alone = admission.kind === 'invitation' && admission.inviters.includes(inviter)
  if (institution === undefined && !alone) return 'inviter-unknown'
  if (institution !== undefined) {
    const taken = Object.hasOwn(institutions, institution.name) ? institutions[institution.name]!.seats : 0
    if (taken >= institution.seats) return 'institution-full'
  }
  const taken = Object.hasOwn(invited, inviter) ? invited[inviter]! : 0
  return admission.kind === 'invitation' && taken >= admission.perInviter ? 'inviter-full' : undefined
}
