/**
 * What a member does in a height: begin a round, propose, vote, decide. Line numbers are those of algorithm 1 in
 * arXiv:1807.04938.
 * @module
 */
import type { Commit } from './certificate.ts'
import { maxCommitteeSize } from './committee.ts'
import { committeeOf, type Draft, emit, logBody, roundState, setRound, setTimer } from './draft.ts'
import { headerOf, type Proposal, type UnsignedProposal, type UnsignedVote, type Value, type Vote } from './messages.ts'
import { proposerIndex } from './proposer.ts'
import type { RoundState } from './state.ts'
import { majority, votesIn } from './tally.ts'
import { addVote } from './votes.ts'

/** Rounds that are kept behind the current one; older ones stay only for their polka. */
export const keptRounds = 16
/** The first of each member, and as many more of equivocators. */
export const maxKeptPrecommits = 2 * maxCommitteeSize

/** Lines 11–21. */
export function startRound(d: Draft, round: number): void {
  d.round = round
  d.phase = 'propose'
  forgetOldRounds(d)
  setTimer(d, 'propose')
  if (!isProposer(d) || d.signed.round >= round) return
  if (d.valid === undefined) emit(d, { type: 'build', height: d.height, round, parent: d.parent! })
  else propose(d, d.valid.value, d.valid.round)
}

/** Nobody told of anything that this member signed in this height: from here on it does, in the round that it went through in silence too. */
export function endListening(d: Draft): void {
  if (!d.listening) return
  d.listening = false
  d.signing = true
  setRound(d, d.round, { prevoteTimer: false, polkaSeen: false, precommitTimer: false })
  startRound(d, d.round)
}

/** Lines 65–67. The precommits that it waited for are kept, so that this member can always bring others after it. */
export function leaveRound(d: Draft): void {
  const round = d.round + 1
  const precommits = votesIn(roundState(d, d.round).precommits).slice(0, maxKeptPrecommits)
  emit(d, { type: 'write', record: { type: 'round', height: d.height, round, precommits } })
  startRound(d, round)
}

export function isProposer(d: Draft): boolean {
  return d.signing && proposerIndex(committeeOf(d), d.height, d.round) === d.index
}

/** Signs, logs and sends a proposal of a known body, unless something was signed in this round already. */
export function propose(d: Draft, value: NonNullable<Value>, validRound: number): void {
  if (d.signed.round >= d.round) return
  const { task, self, sign } = d.config
  const { body, time } = d.candidates.get(value)!
  const unsigned: UnsignedProposal = {
    type: 'proposal',
    task,
    height: d.height,
    round: d.round,
    validRound,
    value,
    time,
    member: self,
  }
  const proposal: Proposal = { ...unsigned, signature: sign(unsigned), body }
  d.signed = { round: d.round, proposal }
  logBody(d, value)
  emit(d, { type: 'write', record: { type: 'signed', height: d.height, statement: headerOf(proposal) } })
  emit(d, { type: 'send', to: 'all', message: proposal })
  setRound(d, d.round, { proposal, timely: true })
}

/**
 * Prevotes or precommits. What was signed once in a round is never signed differently: the phase moves on, and nothing
 * leaves (CometBFT's `FilePV` refuses the same way).
 */
export function cast(d: Draft, kind: Vote['type'], value: Value): void {
  d.phase = kind
  const { signed } = d
  const already = signed.round === d.round ? signed : { round: d.round }
  if (!d.signing || signed.round > d.round || already[kind] !== undefined || already.precommit !== undefined) return
  const score = kind === 'precommit' && value !== null ? (d.candidates.get(value)?.score ?? null) : null
  const { task, self, sign } = d.config
  const unsigned: UnsignedVote = { type: kind, task, height: d.height, round: d.round, value, score, member: self }
  const vote: Vote = { ...unsigned, signature: sign(unsigned) }
  d.signed = { ...already, [kind]: vote }
  emit(d, { type: 'write', record: { type: 'signed', height: d.height, statement: vote } })
  emit(d, { type: 'send', to: 'all', message: vote })
  addVote(d, d.index, vote)
}

/** Lines 49–54, but the next height begins when the next training round has something to decide. */
export function finish(d: Draft, commit: Commit): void {
  const { value } = commit.certificate
  if (d.candidates.get(value)?.verdict === 'invalid') {
    d.phase = 'halted'
    emit(d, { type: 'alarm', alarm: { code: 'CERTIFIED_INVALID', value } })
    return
  }
  d.phase = 'committed'
  d.commit = commit
  emit(d, { type: 'write', record: { type: 'commit', height: d.height, commit } })
  emit(d, { type: 'commit', height: d.height, value, commit })
}

function forgetOldRounds(d: Draft): void {
  const oldest = d.round - keptRounds
  if (![...d.rounds.keys()].some((round) => round < oldest)) return
  const { total } = committeeOf(d)
  const kept = [...d.rounds].filter(
    ([round, state]) => round >= oldest || round === d.certified?.round || hasPolka(state, total),
  )
  d.rounds = new Map(kept)
  const named = new Set([d.locked?.value, d.valid?.value, d.certified?.value])
  for (const [, { proposal, prevotes }] of kept) named.add(proposal?.value).add(majority(prevotes, total) ?? undefined)
  d.candidates = new Map([...d.candidates].filter(([value]) => named.has(value)))
}

function hasPolka({ prevotes }: RoundState, total: number): boolean {
  const value = majority(prevotes, total)
  return value !== undefined && value !== null
}
