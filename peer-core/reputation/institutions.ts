/**
 * What a consortium states for its institutions: who invites for them, their seats, their share of a round, where their peers start.
 *
 * An institution answers for its peers: once one of them was suspended, those who come after start like any newcomer, so that a new name
 * from the same house never brings back what the old one lost.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import type { InstitutionRules, ReputationRules } from './rules.ts'

/** The institution that this peer invites for, if any. */
export function institutionOfInviter(rules: ReputationRules, inviter: PeerId): InstitutionRules | undefined {
  return rules.institutions.find(({ inviters }) => inviters.includes(inviter))
}

/** Standing that a new peer begins with, in millionths. */
export function startOf(rules: ReputationRules, institution: InstitutionRules | undefined, tarnished: boolean): number {
  return tarnished ? rules.entry : (institution?.start ?? rules.entry)
}
