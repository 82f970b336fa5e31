/**
 * Counts the votes of one kind in one round.
 *
 * Tendermint counts *messages per value*, not members: of an equivocator, each value it signed counts once
 * (arXiv:1807.04938, lines 28, 36, 49). Counting only its first vote would let it show different votes to different
 * members and so hide a polka from one of them for ever; CometBFT meets this with votes "claimed as a majority by a
 * peer" (`VoteSet.SetPeerMaj23`). Here further votes of a member count for values that someone else voted for or that
 * were proposed, so that their number is bounded by what honest members know.
 * @module
 */
import type { Value, Vote } from './messages.ts'
import { isQuorum } from './power.ts'

interface Support {
  readonly value: Value
  /** members that voted for it, as bits by place */
  readonly members: number
  readonly power: number
}

export interface Tally {
  /** the first vote of each member, by place */
  readonly first: readonly (Vote | undefined)[]
  /** further votes of equivocators */
  readonly further: readonly Vote[]
  readonly support: readonly Support[]
  /** of all members that voted, for whatever */
  readonly power: number
}

export const emptyTally: Tally = { first: [], further: [], support: [], power: 0 }

export type Counted =
  /** it counts now; `against` is an earlier vote of the same member for another value */
  | { readonly outcome: 'counted'; readonly tally: Tally; readonly against: Vote | undefined }
  | { readonly outcome: 'duplicate' }
  /** it contradicts an earlier vote, for a value that no one else stands for: evidence, but not counted */
  | { readonly outcome: 'conflict'; readonly against: Vote }

/**
 * @param index - the member's place in the committee
 * @param power - the member's
 * @param proposed - whether the vote's value has been proposed
 */
export function count(tally: Tally, index: number, power: number, vote: Vote, proposed: boolean): Counted {
  const first = tally.first[index]
  const bit = 1 << index
  const support = tally.support.find(({ value }) => value === vote.value)
  if (support !== undefined && (support.members & bit) !== 0) return { outcome: 'duplicate' }
  if (first !== undefined && support === undefined && !proposed && vote.value !== null) {
    return { outcome: 'conflict', against: first }
  }
  const grown = { value: vote.value, members: (support?.members ?? 0) | bit, power: (support?.power ?? 0) + power }
  return {
    outcome: 'counted',
    against: first,
    tally: {
      first: first === undefined ? placed(tally.first, index, vote) : tally.first,
      further: first === undefined ? tally.further : [...tally.further, vote],
      support: [...tally.support.filter((other) => other !== support), grown],
      power: first === undefined ? tally.power + power : tally.power,
    },
  }
}

function placed(votes: readonly (Vote | undefined)[], index: number, vote: Vote): (Vote | undefined)[] {
  const copy = votes.slice()
  while (copy.length < index) copy.push(undefined)
  copy[index] = vote
  return copy
}

/** @returns the value with more than two thirds (`null` for nil), `undefined` when there is none */
export function majority(tally: Tally, total: number): Value | undefined {
  return tally.support.find(({ power }) => isQuorum(power, total))?.value
}

export function powerFor(tally: Tally, value: Value): number {
  return tally.support.find((support) => support.value === value)?.power ?? 0
}

/** @returns members that voted for `value`, as bits by place */
export function votersFor(tally: Tally, value: Value): number {
  return tally.support.find((support) => support.value === value)?.members ?? 0
}

/** @returns members that voted at all, as bits by place */
export function voters(tally: Tally): number {
  return tally.support.reduce((members, support) => members | support.members, 0)
}

/** @returns every vote counted for `value`, in no particular order */
export function votesFor(tally: Tally, value: Value): Vote[] {
  return votesIn(tally).filter((vote) => vote.value === value)
}

export function votesIn(tally: Tally): Vote[] {
  return [...tally.first.filter((vote) => vote !== undefined), ...tally.further]
}
