/**
 * Takes in an admitted message: puts it where the rules find it, or says why it is of no use. Every branch is bounded,
 * whatever a member signs.
 * @module
 */
import type { Hash, PeerId } from '../foundation/ids.ts'
import { finish, keptRounds } from './actions.ts'
import type { Commit } from './certificate.ts'
import { committeeOf, type Draft, emit, isOpen, refuse, roundState, setRound } from './draft.ts'
import { answerStatus } from './gossip.ts'
import { headerOf, type Message, type Proposal, type SignedMessage, type Vote } from './messages.ts'
import { holdsHonest } from './power.ts'
import { proposerIndex } from './proposer.ts'
import type { Input } from './state.ts'
import { powerFor } from './tally.ts'
import { isTimely } from './timeouts.ts'
import { isVeto } from './veto.ts'
import { accuse, addVote, tell } from './votes.ts'

/** Votes this many rounds ahead are kept; of later ones only that they exist. */
const voteWindow = 8
/** Proposals this many rounds ahead are kept, each of them costs a recomputation. */
const proposalWindow = 1
/** Messages of the next height that are kept for each member. */
const earlyPerMember = 6

export function receive(d: Draft, message: Message, from: PeerId): void {
  switch (message.type) {
    case 'status':
      answerStatus(d, message, from)
      return
    case 'commit':
      receiveCommit(d, message.commit, from)
      return
    case 'proposal':
    case 'prevote':
    case 'precommit':
      receiveSigned(d, message, from, d.now)
      return
  }
}

/** @param now - when it arrived, ms; earlier than `d.now` for a message that waited for its height */
export function receiveSigned(d: Draft, message: SignedMessage, from: PeerId, now: number): void {
  if (message.height !== d.height) {
    receiveOtherHeight(d, message, from, now)
    return
  }
  const committee = committeeOf(d)
  const index = committee.indexOf.get(message.member)
  if (index === undefined) {
    refuse(d, 'NOT_A_MEMBER', message)
    return
  }
  if (isForgotten(d, message)) {
    d.signing = false
    d.listening = false
    emit(d, { type: 'alarm', alarm: { code: 'FORGOTTEN_STATEMENT', statement: message } })
  }
  if (message.round > (d.ahead[index] ?? 0)) {
    d.ahead = committee.members.map((_, place) => (place === index ? message.round : (d.ahead[place] ?? 0)))
  }
  if (message.type === 'proposal') receiveProposal(d, index, message, now)
  else receiveVote(d, index, message)
}

/** Also after the commit: late votes can still be evidence. */
function receiveVote(d: Draft, index: number, vote: Vote): void {
  if (vote.round > d.round + voteWindow) {
    refuse(d, 'FAR_ROUND', vote)
    return
  }
  if (isPast(d, vote.round)) {
    refuse(d, 'OLD_ROUND', vote)
    return
  }
  addVote(d, index, vote)
}

/** A round that was let go, and whose polka the current proposal does not claim. */
function isPast(d: Draft, round: number): boolean {
  if (round >= d.round - keptRounds || d.rounds.has(round)) return false
  return roundState(d, d.round).proposal?.validRound !== round
}

function receiveProposal(d: Draft, index: number, proposal: Proposal, now: number): void {
  const { round, validRound, value } = proposal
  if (validRound < -1 || validRound >= round) {
    refuse(d, 'BAD_VALID_ROUND', proposal)
    return
  }
  if (round > d.round + proposalWindow) {
    refuse(d, 'FAR_ROUND', proposal)
    return
  }
  if (proposerIndex(committeeOf(d), d.height, round) !== index) {
    refuse(d, 'NOT_THE_PROPOSER', proposal)
    return
  }
  const held = roundState(d, round).proposal
  if (isPast(d, round)) {
    // Its body may still be what the others decided.
    if (isWanted(d, value)) addCandidate(d, proposal)
    else refuse(d, 'OLD_ROUND', proposal)
  } else if (held === undefined) {
    setRound(d, round, { proposal, timely: isTimely(d.config.timing, round, proposal.time, now) })
    addCandidate(d, proposal)
  } else if (held.value === value) {
    // A body that was forgotten, or refused before it was wanted, may still come this way.
    if (d.candidates.has(value)) {
      refuse(d, 'REPLAYED', proposal)
      return
    }
    addCandidate(d, proposal)
  } else {
    tell(d, { type: 'equivocation', first: headerOf(held), second: headerOf(proposal) })
    // Of two proposals of one round, the second is worth its memory only when someone honest may stand behind it.
    if (isWanted(d, value)) addCandidate(d, proposal)
    else refuse(d, 'CONFLICTING', proposal)
  }
  if (d.candidates.get(value)?.verdict === 'invalid') accuse(d, value)
}

function addCandidate(d: Draft, { value, body, time, member: proposer }: Proposal): void {
  if (d.candidates.has(value)) return
  const candidate = {
    body,
    time,
    verdict: 'pending',
    score: null,
    vetoed: false,
    objected: false,
    logged: false,
  } as const
  d.candidates = new Map(d.candidates).set(value, candidate)
  if (isOpen(d)) emit(d, { type: 'recompute', height: d.height, value, body, proposer })
}

/** Whether more than a third voted for a value in some round. */
export function isWanted(d: Draft, value: Hash): boolean {
  const { total } = committeeOf(d)
  for (const { prevotes, precommits } of d.rounds.values()) {
    if (holdsHonest(powerFor(prevotes, value), total) || holdsHonest(powerFor(precommits, value), total)) return true
  }
  return false
}

/** The answer to `recompute`. */
export function receiveVerdict(
  d: Draft,
  answer: Pick<
    Extract<Input, { type: 'verdict' }>,
    'height' | 'value' | 'verdict' | 'score' | 'objection' | 'unproven'
  >,
): void {
  const candidate = d.candidates.get(answer.value)
  if (answer.height !== d.height || candidate === undefined || answer.verdict === 'pending') return
  if (candidate.verdict !== 'pending') return
  const score = answer.score ?? null
  const judged = {
    ...candidate,
    verdict: answer.verdict,
    score,
    vetoed: isVeto(score, d.config.veto) || answer.unproven === true,
    objected: answer.objection === true,
  }
  d.candidates = new Map(d.candidates).set(answer.value, judged)
  if (answer.verdict === 'valid') return
  accuse(d, answer.value)
  if (d.commit?.certificate.value === answer.value) {
    emit(d, { type: 'alarm', alarm: { code: 'CERTIFIED_INVALID', value: answer.value } })
  }
}

/** A certificate that was checked on admission ends the height. */
function receiveCommit(d: Draft, commit: Commit, from: PeerId): void {
  const { height } = commit.certificate
  if (height > d.height) {
    emit(d, { type: 'behind', height, peer: from })
    return
  }
  if (height === d.height && isOpen(d)) finish(d, commit)
}

function receiveOtherHeight(d: Draft, message: SignedMessage, from: PeerId, now: number): void {
  if (message.height < d.height) {
    refuse(d, 'OLD_HEIGHT', message)
    return
  }
  if (message.height > d.height + 1) {
    emit(d, { type: 'behind', height: message.height - 1, peer: from })
    return
  }
  const sofar = d.early.filter((held) => held.message.member === message.member)
  const isKnown = sofar.some(({ message: { type, height, round, value } }) => {
    return type === message.type && height === message.height && round === message.round && value === message.value
  })
  if (isKnown) {
    refuse(d, 'REPLAYED', message)
    return
  }
  if (sofar.length >= earlyPerMember) {
    refuse(d, 'FAR_HEIGHT', message)
    return
  }
  d.early = [...d.early, { message, now }]
}

/** A statement of this member in a round in which it does not remember making it. */
function isForgotten(d: Draft, message: SignedMessage): boolean {
  const { signed, signing, listening } = d
  if (message.member !== d.config.self || !(signing || listening) || message.round < signed.round) return false
  const mine = signed.round === message.round ? signed[message.type] : undefined
  return mine === undefined || mine.value !== message.value
}
