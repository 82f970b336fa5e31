/**
 * Standing of a peer as a voter, and the committee that comes from it.
 *
 * Work earns the right to be drawn ({@link ReputationRules.provenAt}), voting when it is one's turn earns power, and two votes for one
 * seat end it for good. Power lies in `[500, 1000]` like influence, so that no member is worth more than two others.
 * @module
 */
import type { Hash, PeerId } from '../foundation/index.ts'
import { ONE, times } from './fixed-point.ts'
import type { ReputationRules } from './rules.ts'
import { byLot } from './scores.ts'
import { mayContribute, type ReputationState, standingOf } from './state.ts'

const PRESENT = 20_000
const ABSENT_KEEP = 700_000

/** After a round in which it was a member. */
export function afterVote(standing: number, present: boolean): number {
  return present ? Math.min(ONE, standing + PRESENT) : times(standing, ABSENT_KEEP)
}

/**
 * Power of a vote.
 * @returns 0 for whom may not vote (unproven, suspended, caught with two votes), else thousandths in `[500, 1000]`
 */
export function votingPowerOf(state: ReputationState, peer: PeerId, rules: ReputationRules): number {
  const standing = standingOf(state, peer)
  if (standing === undefined || standing.equivocated || standing.quality < rules.provenAt) return 0
  if (!mayContribute(state, peer, rules)) return 0
  return 500 + Math.floor((500 * standing.voting) / ONE)
}

export interface Election {
  /** hash of the last commit of the epoch before: drawn from what nobody could choose alone */
  readonly epochHash: Hash
  readonly seats: number
}

/**
 * The committee of an epoch: by lot among those who may vote, so that it rotates and nobody stays by having been there.
 * @returns at most `seats` members with their power, by peer id; none when nobody is proven yet (the task's own committee goes on)
 */
export function electCommittee(
  state: ReputationState,
  rules: ReputationRules,
  { epochHash, seats }: Election,
): { readonly peer: PeerId; readonly power: number }[] {
  const able = (Object.keys(state.peers) as PeerId[]).filter((peer) => votingPowerOf(state, peer, rules) > 0)
  return byLot(epochHash, 'committee', able)
    .slice(0, seats)
    .sort()
    .map((peer) => ({ peer, power: votingPowerOf(state, peer, rules) }))
}
