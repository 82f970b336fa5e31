/**
 * Puts a vote where it counts, and tells what it proves about its member.
 * @module
 */
import type { Hash } from '../foundation/ids.ts'
import { committeeOf, type Draft, emit, refuse, roundState, setRound } from './draft.ts'
import { type Evidence, offenceKey } from './evidence.ts'
import { headerOf, type Vote } from './messages.ts'
import { isQuorum } from './power.ts'
import { count, powerFor, votesFor } from './tally.ts'

/** @param index - place of the vote's member in the committee */
export function addVote(d: Draft, index: number, vote: Vote): void {
  const committee = committeeOf(d)
  const kind = vote.type === 'prevote' ? 'prevotes' : 'precommits'
  const proposed = vote.value !== null && d.candidates.has(vote.value)
  const counted = count(roundState(d, vote.round)[kind], index, committee.members[index]!.power, vote, proposed)
  if (counted.outcome === 'duplicate') {
    refuse(d, 'REPLAYED', vote)
    return
  }
  if (counted.against !== undefined) tell(d, { type: 'equivocation', first: counted.against, second: vote })
  if (counted.outcome === 'conflict') {
    refuse(d, 'CONFLICTING', vote)
    return
  }
  setRound(d, vote.round, { [kind]: counted.tally })
  if (vote.value === null) return
  const candidate = d.candidates.get(vote.value)
  if (candidate?.verdict === 'invalid') tell(d, { type: 'wrong-vote', vote })
  const certifies = kind === 'precommits' && isQuorum(powerFor(counted.tally, vote.value), committee.total)
  if (certifies && d.certified === undefined) d.certified = { round: vote.round, value: vote.value }
}

/** Each offence is told once. */
export function tell(d: Draft, evidence: Evidence): void {
  const key = offenceKey(evidence)
  if (d.told.has(key)) return
  d.told = new Set(d.told).add(key)
  emit(d, { type: 'evidence', evidence })
}

/** A body turned out invalid: whoever proposed it or voted for it is accused. */
export function accuse(d: Draft, value: Hash): void {
  for (const { proposal, prevotes, precommits } of d.rounds.values()) {
    if (proposal?.value === value) tell(d, { type: 'invalid-proposal', proposal: headerOf(proposal) })
    for (const vote of [...votesFor(prevotes, value), ...votesFor(precommits, value)]) {
      tell(d, { type: 'wrong-vote', vote })
    }
  }
}
