/**
 * Standing of a peer as a voter. Work earns the right to be elected ({@link ReputationRules.provenAt}), and two votes for one seat end it
 * for good. The election itself is `consensus/election.ts`.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import { ONE, times } from './fixed-point.ts'
import type { ReputationRules } from './rules.ts'
import { mayContribute, type ReputationState, standingOf } from './state.ts'

const PRESENT = 20_000
const ABSENT_KEEP = 700_000

/** After a round in which it was a member. */
export function afterVote(standing: number, present: boolean): number {
  return present ? Math.min(ONE, standing + PRESENT) : times(standing, ABSENT_KEEP)
}

/** Whether this peer may be elected into a committee: its work is proven, it is not suspended, and never signed two votes for one seat. */
export function mayVote(state: ReputationState, peer: PeerId, rules: ReputationRules): boolean {
  const standing = standingOf(state, peer)
  if (standing === undefined || standing.equivocated || standing.quality < rules.provenAt) return false
  return mayContribute(state, peer, rules)
}
