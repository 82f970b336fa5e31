/**
 * Repairs what the network lost: members tell each other what they hold, and answer with what is missing. With it holds
 * what Tendermint asks of the network: a message that one honest member has, every honest member gets
 * (arXiv:1807.04938, section 2.1, "gossip communication"). CometBFT does it with a routine per peer and bit arrays
 * (spec consensus/gossip); here it is one message and its answer.
 *
 * Two members, turning with the tick, answer each status, so that a lost vote costs a few copies and not twenty.
 * @module
 */
import type { Hash, PeerId } from '../foundation/ids.ts'
import type { Committee } from './committee.ts'
import { committeeOf, type Draft, emit, isOpen, refuse, roundState, setTimer } from './draft.ts'
import type { Message, Proposal, Status } from './messages.ts'
import { holdsHonest, isQuorum } from './power.ts'
import { powerFor, type Tally, voters, votersFor, votesFor, votesIn } from './tally.ts'

const helpers = 2
/** Bodies asked for in one status. */
const maxWantedBodies = 4
/** Peers whose last answer is remembered. */
const maxServed = 64

/** Says what this member holds, and sets the clock for the next time. */
export function sayStatus(d: Draft): void {
  if (!isOpen(d)) return
  setTimer(d, 'gossip')
  if (d.index === -1) return
  const rounds = d.round === 0 ? [0] : [d.round, d.round - 1]
  const status: Status = {
    type: 'status',
    task: d.config.task,
    height: d.height,
    round: d.round,
    listens: d.listening,
    tick: Math.floor(d.now / d.config.timing.gossip),
    holdings: rounds.map((round) => {
      const { proposal, prevotes, precommits } = roundState(d, round)
      const complete = proposal !== undefined && d.candidates.has(proposal.value)
      return { round, proposal: complete, prevotes: voters(prevotes), precommits: voters(precommits) }
    }),
    polka: missingPolka(d),
    bodies: wantedBodies(d),
  }
  emit(d, { type: 'send', to: 'all', message: status })
}

function missingPolka(d: Draft): Status['polka'] {
  const { proposal } = roundState(d, d.round)
  if (proposal === undefined || proposal.validRound === -1) return null
  const { prevotes } = roundState(d, proposal.validRound)
  if (isQuorum(powerFor(prevotes, proposal.value), committeeOf(d).total)) return null
  return { round: proposal.validRound, value: proposal.value, prevotes: votersFor(prevotes, proposal.value) }
}

function wantedBodies(d: Draft): Hash[] {
  const { total } = committeeOf(d)
  const wanted = new Set<Hash>()
  for (const { prevotes, precommits } of d.rounds.values()) {
    for (const { value, power } of [...prevotes.support, ...precommits.support]) {
      if (value !== null && !d.candidates.has(value) && holdsHonest(power, total)) wanted.add(value)
    }
  }
  return [...wanted].slice(0, maxWantedBodies)
}

export function answerStatus(d: Draft, status: Status, from: PeerId): void {
  // Before the first height nobody is known to be a member, or not to be one.
  if (d.committee !== undefined && !d.committee.indexOf.has(from)) {
    refuse(d, 'NOT_A_MEMBER', { member: from })
    return
  }
  if (status.height > d.height) emit(d, { type: 'behind', height: status.height - 1, peer: from })
  if (d.committee === undefined || !isHelper(d, status, from)) return
  const last = d.served.get(from)
  if (last !== undefined && d.now - last < d.config.timing.gossip / 2) return
  d.served = new Map([...d.served].slice(-maxServed)).set(from, d.now)
  if (status.listens) {
    for (const message of signedBy(d, from, status.height)) emit(d, { type: 'send', to: from, message })
  }
  if (status.height > d.height) return
  if (status.height < d.height) {
    emit(d, { type: 'serve', to: from, height: status.height })
    return
  }
  if (d.commit !== undefined) {
    emit(d, { type: 'send', to: from, message: { type: 'commit', commit: d.commit } })
    return
  }
  for (const message of missing(d, status)) emit(d, { type: 'send', to: from, message })
}

/** All that is held here of a member's statements of a height. */
function signedBy(d: Draft, member: PeerId, height: number): Message[] {
  const early = d.early.map(({ message }) => message)
  const ofRounds = [...d.rounds.values()].flatMap(({ proposal, prevotes, precommits }) => [
    ...(proposal === undefined ? [] : [proposal]),
    ...votesIn(prevotes),
    ...votesIn(precommits),
  ])
  return [...early, ...ofRounds].filter((message) => message.member === member && message.height === height)
}

function isHelper(d: Draft, { tick }: Status, from: PeerId): boolean {
  return d.index !== -1 && helpersOf(committeeOf(d), from, tick).includes(d.config.self)
}

/** Who answers a status: the next two members around the table, another two with the next tick. */
export function helpersOf({ indexOf, members }: Committee, asking: PeerId, tick: number): PeerId[] {
  const place = indexOf.get(asking)
  if (place === undefined) return []
  const others = members.length - 1
  return Array.from({ length: Math.min(helpers, others) }, (_, turn) => {
    const distance = 1 + ((tick * helpers + turn) % others)
    return members[(place + distance) % members.length]!.peer
  })
}

function missing(d: Draft, status: Status): Message[] {
  const messages: Message[] = []
  const holdings = status.holdings.filter(({ round }) => round <= d.round)
  // Who is in an earlier round learns that the others went on.
  if (d.round > status.round) holdings.push({ round: d.round, proposal: false, prevotes: 0, precommits: 0 })
  for (const holding of holdings) {
    const { proposal, prevotes, precommits } = roundState(d, holding.round)
    if (proposal !== undefined && !holding.proposal) messages.push(proposal)
    messages.push(...lacking(d, prevotes, holding.prevotes), ...lacking(d, precommits, holding.precommits))
  }
  if (status.polka !== null) {
    const { round, value, prevotes } = status.polka
    const votes = votesFor(roundState(d, round).prevotes, value)
    messages.push(...votes.filter(({ member }) => !holds(d, prevotes, member)))
  }
  for (const value of status.bodies) {
    const proposal = proposalOf(d, value)
    if (proposal !== undefined) messages.push(proposal)
  }
  return messages
}

function lacking(d: Draft, tally: Tally, held: number): Message[] {
  return votesIn(tally).filter(({ member }) => !holds(d, held, member))
}

function holds(d: Draft, members: number, member: PeerId): boolean {
  return (members & (1 << committeeOf(d).indexOf.get(member)!)) !== 0
}

function proposalOf(d: Draft, value: Hash): Proposal | undefined {
  for (const { proposal } of d.rounds.values()) if (proposal?.value === value) return proposal
  return undefined
}
