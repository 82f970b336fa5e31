/**
 * The "upon" rules of Tendermint, tried in this order until none holds.
 *
 * Line numbers are those of algorithm 1 in Buchman, Kwon, Milosevic 2018 ({@link https://arxiv.org/abs/1807.04938 | arXiv:1807.04938}).
 * Three departures, none of which touches who may lock or vote:
 *
 * - "Upon PROPOSAL(h, r, v) and votes" (lines 36 and 49) asks for the *body* of `v` from any proposal of the height: the
 *   hash binds it, and more than a third of honest voters saw the round's proposal.
 * - `valid(v)` is three-valued: while a recomputation is pending, no rule that needs it holds, and the timeouts run.
 * - Lines 49–54 do not ask for `valid(v)`: a certificate is believed, as every light client does; a recomputation that
 *   *contradicts* it stops this member instead.
 * @module
 */
import { cast, finish, startRound } from './actions.ts'
import { createCertificate } from './certificate.ts'
import { committeeOf, type Draft, emit, isOpen, logBody, roundState, setRound, setTimer } from './draft.ts'
import { holdsHonest, isQuorum } from './power.ts'
import { majority, powerFor, votesFor } from './tally.ts'

/** @returns whether it held, and so changed the draft */
export type Rule = (d: Draft) => boolean

/** Lines 49–54: more than two thirds precommitted one value in one round, of whatever age. */
const decide: Rule = (d) => {
  if (d.certified === undefined) return false
  const { round, value } = d.certified
  const candidate = d.candidates.get(value)
  if (candidate === undefined) return false
  const precommits = votesFor(roundState(d, round).precommits, value)
  finish(d, { body: candidate.body, certificate: createCertificate(committeeOf(d), precommits) })
  return true
}

/**
 * Lines 55–56: members with more than a third of the power are in a later round. Departure: "in round `r`" is "in round
 * `r` or later", which as surely includes an honest one and lets a member that was away catch up in one step.
 */
const skipRound: Rule = (d) => {
  const { members, total } = committeeOf(d)
  const later = d.ahead
    .map((round, index) => ({ round, power: members[index]!.power }))
    .filter(({ round }) => round > d.round)
    .sort((a, b) => b.round - a.round)
  let power = 0
  for (const member of later) {
    power += member.power
    if (holdsHonest(power, total)) {
      startRound(d, member.round)
      return true
    }
  }
  return false
}

/**
 * Lines 22–27: a fresh proposal. A veto, an objection and an untimely clock count here and nowhere else. An objection asks for another
 * proposer, and is dropped when each could have had its turn: it never holds a height up for good.
 */
const prevoteFresh: Rule = (d) => {
  const { proposal, timely } = roundState(d, d.round)
  if (d.phase !== 'propose' || proposal === undefined || proposal.validRound !== -1) return false
  const candidate = d.candidates.get(proposal.value)
  if (candidate === undefined || candidate.verdict === 'pending') return false
  const objected = candidate.objected && d.round < committeeOf(d).members.length
  const acceptable = candidate.verdict === 'valid' && timely && !candidate.vetoed && !objected
  const free = d.locked === undefined || d.locked.value === proposal.value
  cast(d, 'prevote', acceptable && free ? proposal.value : null)
  return true
}

/** Lines 28–33: a value that had a polka before. */
const prevoteReproposed: Rule = (d) => {
  const { proposal } = roundState(d, d.round)
  if (d.phase !== 'propose' || proposal === undefined || proposal.validRound === -1) return false
  const { value, validRound } = proposal
  const candidate = d.candidates.get(value)
  if (candidate === undefined || candidate.verdict === 'pending') return false
  if (!isQuorum(powerFor(roundState(d, validRound).prevotes, value), committeeOf(d).total)) return false
  const free = d.locked === undefined || d.locked.round <= validRound || d.locked.value === value
  cast(d, 'prevote', candidate.verdict === 'valid' && free ? value : null)
  return true
}

/** Lines 34–35. */
const waitForPrevotes: Rule = (d) => {
  const { prevotes, prevoteTimer } = roundState(d, d.round)
  if (d.phase !== 'prevote' || prevoteTimer || !isQuorum(prevotes.power, committeeOf(d).total)) return false
  setRound(d, d.round, { prevoteTimer: true })
  setTimer(d, 'prevote')
  return true
}

/** Lines 36–43: lock on a polka of this round, or, too late to precommit, remember it as valid. */
const lockOnPolka: Rule = (d) => {
  const { prevotes, polkaSeen } = roundState(d, d.round)
  if (polkaSeen || (d.phase !== 'prevote' && d.phase !== 'precommit')) return false
  const value = majority(prevotes, committeeOf(d).total)
  if (value === undefined || value === null || d.candidates.get(value)?.verdict !== 'valid') return false
  setRound(d, d.round, { polkaSeen: true })
  logBody(d, value)
  const polka = { round: d.round, value }
  d.valid = polka
  const shown = { height: d.height, ...polka, prevotes: votesFor(prevotes, value) }
  if (d.phase === 'prevote') {
    d.locked = polka
    emit(d, { type: 'write', record: { type: 'lock', ...shown } })
    cast(d, 'precommit', value)
  } else {
    emit(d, { type: 'write', record: { type: 'valid', ...shown } })
  }
  return true
}

/** Lines 44–46. */
const precommitNil: Rule = (d) => {
  if (d.phase !== 'prevote' || majority(roundState(d, d.round).prevotes, committeeOf(d).total) !== null) return false
  cast(d, 'precommit', null)
  return true
}

/** Lines 47–48. */
const waitForPrecommits: Rule = (d) => {
  const { precommits, precommitTimer } = roundState(d, d.round)
  if (precommitTimer || !isQuorum(precommits.power, committeeOf(d).total)) return false
  setRound(d, d.round, { precommitTimer: true })
  setTimer(d, 'precommit')
  return true
}

export const tendermintRules = {
  decide,
  skipRound,
  prevoteFresh,
  prevoteReproposed,
  waitForPrevotes,
  lockOnPolka,
  precommitNil,
  waitForPrecommits,
} as const satisfies Record<string, Rule>

export type Rules = Readonly<Record<keyof typeof tendermintRules, Rule>>

/** Ends: every rule that holds moves the height, the round, the phase or a "first time" forward. */
export function settle(d: Draft, rules: Rules): void {
  const ordered = Object.values(rules)
  while (isOpen(d) && ordered.some((rule) => rule(d))) {
    // each pass is one rule
  }
}
