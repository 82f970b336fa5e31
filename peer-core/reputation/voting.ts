/**
 * Standing of a peer as a voter. Work earns the right to be elected ({@link ReputationRules.provenAt}), and two votes for one seat end it
 * for good. The election itself is `consensus/election.ts`.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import type { ReputationRules } from './rules.ts'
import { isProven, mayContribute, type ReputationState, standingOf } from './state.ts'

/** Whether this peer may be elected into a committee: its work is proven, it is not suspended, and never signed two votes for one seat. */
export function mayVote(state: ReputationState, peer: PeerId, rules: ReputationRules): boolean {
  const standing = standingOf(state, peer)
  if (standing === undefined || standing.equivocated || !isProven(standing, rules)) return false
  return mayContribute(state, peer, rules)
}
