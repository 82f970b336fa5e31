/**
 * Who proposes: weighted round robin.
 *
 * Every step adds to each member its power, picks the highest priority (the lowest peer id among equals) and takes the
 * total power from it (CometBFT spec, consensus/proposer-selection.md). From equal priorities this returns to equal
 * priorities after `total / gcd(powers)` steps, in which each member proposed `power / gcd` times.
 *
 * Departure: CometBFT carries priorities from block to block, so that who knows the committee alone cannot tell the
 * proposer. Here the proposer is a function of committee, height and round: the cycle is entered at step `height + round`.
 * While a committee stays, that is CometBFT's sequence; when it changes, the cycle is entered at a place that no one
 * chose, and a newcomer needs no history to know whose turn it is.
 * @module
 */
import type { PeerId } from '../foundation/ids.ts'
import type { Committee } from './committee.ts'

/** The cycle as far as it was ever asked for: a cache of a pure function, dropped with its committee. */
interface Cycle {
  readonly length: number
  readonly proposers: number[]
  readonly priorities: number[]
}

const cycles = new WeakMap<Committee, Cycle>()

/**
 * @param height - from 1
 * @param round - the attempt within the height, from 0
 * @returns place of the proposer in `committee.members`
 */
export function proposerIndex(committee: Committee, height: number, round: number): number {
  const cycle = cycles.get(committee) ?? newCycle(committee)
  // Step 1 is the first of the cycle.
  const place = (height + round - 1) % cycle.length
  while (cycle.proposers.length <= place) cycle.proposers.push(nextProposer(committee, cycle.priorities))
  return cycle.proposers[place]!
}

export function proposerOf(committee: Committee, height: number, round: number): PeerId {
  return committee.members[proposerIndex(committee, height, round)]!.peer
}

function newCycle(committee: Committee): Cycle {
  const divisor = committee.members.reduce((sofar, { power }) => gcd(sofar, power), 0)
  const cycle = { length: committee.total / divisor, proposers: [], priorities: committee.members.map(() => 0) }
  cycles.set(committee, cycle)
  return cycle
}

function nextProposer(committee: Committee, priorities: number[]): number {
  let first = 0
  committee.members.forEach(({ power }, index) => {
    priorities[index]! += power
    if (priorities[index]! > priorities[first]!) first = index
  })
  priorities[first]! -= committee.total
  return first
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
