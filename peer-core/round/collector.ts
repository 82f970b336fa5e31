/**
 * One committee member's view of a running round, as a pure machine: who is expected, what was announced, what arrived
 * and held, and when to stop waiting. Nothing waits for one peer: the round closes when everyone expected has delivered,
 * and at its deadline in any case.
 *
 * ```
 * opened ──claim──▶ fetch ──▶ verified | rejected ──(all in, or deadline)──▶ close
 * ```
 * @module
 */
import type { BlobId, ContributionId, PeerId } from '../foundation/index.ts'
import {
  type Accepted,
  type Contribution,
  limits,
  type PeerStatus,
  provableReasons,
  type Rejected,
  type RejectionReason,
  type RoundRules,
} from '../wire/index.ts'
import { displacedBy, type Order } from './places.ts'

export interface Claim {
  readonly id: ContributionId
  readonly contribution: Contribution
}

/** Contributions of one peer that are fetched in one round: its first, and this many that replace it. */
const mostReplacements = 4
/** Peers of whom there is nothing but a presence. */
const mostExpected = 256
/** Peers of whom there is a claim. */
const mostClaimed = 2 * limits.contributionsPerRound

interface Entry {
  /** what the peer last announced for this round */
  readonly claim?: Claim
  readonly state: 'expected' | 'fetching' | 'verified' | 'rejected'
  readonly reason?: RejectionReason
  readonly replacements?: number
}

export interface CollectorState {
  readonly round: number
  readonly base: BlobId
  readonly modelBytes: number
  readonly rules: RoundRules
  readonly deadline: number
  readonly closed: boolean
  /** Who goes first where there is not room for all; who failed comes after everyone. */
  readonly order: Order<PeerId>
  /** Their work is taken, but nobody waits for it (patience.ts). */
  readonly unawaited: ReadonlySet<PeerId>
  readonly peers: ReadonlyMap<PeerId, Entry>
}

export type CollectorInput =
  | { readonly kind: 'presence'; readonly peer: PeerId; readonly status: PeerStatus }
  /** The peer disconnected and did not come back, or its presence ran out. */
  | { readonly kind: 'gone'; readonly peer: PeerId }
  | { readonly kind: 'claim'; readonly claim: Claim }
  | { readonly kind: 'verified'; readonly id: ContributionId }
  | { readonly kind: 'rejected'; readonly id: ContributionId; readonly reason: RejectionReason }
  /** The peer broke a protocol: nothing more of it is taken this round. */
  | { readonly kind: 'misbehaved'; readonly peer: PeerId; readonly reason: RejectionReason }
  /** `letsIn`: somebody waits to be let in, for which commits are needed, if need be of nothing else */
  | { readonly kind: 'tick'; readonly now: number; readonly letsIn: boolean }

export type CollectorEffect =
  | { readonly kind: 'fetch'; readonly claim: Claim }
  | { readonly kind: 'close'; readonly accepted: readonly Claim[]; readonly rejected: readonly Rejected[] }
  /** Too few to commit: the deadline starts anew. */
  | { readonly kind: 'extend'; readonly deadline: number }

export function openRound(init: {
  round: number
  base: BlobId
  modelBytes: number
  rules: RoundRules
  unawaited: ReadonlySet<PeerId>
  order: Order<PeerId>
  now: number
}): CollectorState {
  const { now, ...rest } = init
  return { ...rest, deadline: now + init.rules.deadlineMs, closed: false, peers: new Map() }
}

type Step = readonly [CollectorState, readonly CollectorEffect[]]

export function collect(state: CollectorState, input: CollectorInput): Step {
  if (state.closed) return [state, []]
  switch (input.kind) {
    case 'presence':
      return onPresence(state, input)
    case 'gone':
      return state.peers.get(input.peer)?.state === 'expected' ? settle(reject(state, input.peer, 'left')) : [state, []]
    case 'claim':
      return onClaim(state, input.claim)
    case 'verified':
      return settle(update(state, input.id, (entry) => ({ ...entry, state: 'verified' })))
    case 'rejected':
      return settle(update(state, input.id, (entry) => ({ ...entry, state: 'rejected', reason: input.reason })))
    case 'misbehaved':
      return settle(reject(state, input.peer, input.reason))
    case 'tick':
      return onTick(state, input)
    default:
      return input satisfies never
  }
}

function onPresence(state: CollectorState, input: Extract<CollectorInput, { kind: 'presence' }>): Step {
  const entry = state.peers.get(input.peer)
  // Whatever round it speaks of: presence lags behind quick rounds, and who is ready is about to train for this one.
  const works = input.status === 'training' || input.status === 'ready'
  if (entry === undefined) {
    const expected = { state: 'expected' } as const
    const isOne = (other: Entry) => other.claim === undefined
    return [works ? (place(state, input.peer, expected, isOne, mostExpected) ?? state) : state, []]
  }
  if (entry.state !== 'expected') return [state, []]
  if (input.status === 'leaving') return settle(reject(state, input.peer, 'left'))
  // Paused before it announced anything, or its training failed: nobody waits for it, and it did nothing wrong.
  if (input.status === 'paused' || input.status === 'joining') return settle(drop(state, input.peer))
  return [state, []]
}

function onClaim(state: CollectorState, claim: Claim): Step {
  const { peer, round, base, bytes, sequence } = claim.contribution
  if (round !== state.round) return [state, []]
  const entry = state.peers.get(peer)
  if (entry?.claim !== undefined && entry.claim.contribution.sequence >= sequence) return [state, []]
  // A peer that broke a protocol in this round has had its say.
  if (entry?.state === 'rejected' && entry.reason === 'malformed') return [state, []]
  const replacements = entry?.claim === undefined ? 0 : (entry.replacements ?? 0) + 1
  if (replacements > mostReplacements) return [state, []]
  const fault = base !== state.base ? 'wrong-base' : bytes !== state.modelBytes ? 'wrong-size' : undefined
  const next: Entry =
    fault === undefined
      ? { claim, state: 'fetching', replacements }
      : { claim, state: 'rejected', reason: fault, replacements }
  const placed = place(state, peer, next, (other) => other.claim !== undefined, mostClaimed)
  if (placed === undefined) return [state, []]
  return fault === undefined ? [placed, [{ kind: 'fetch', claim }]] : settle(placed)
}

function onTick(state: CollectorState, { now, letsIn }: Extract<CollectorInput, { kind: 'tick' }>): Step {
  if (now < state.deadline) return settle(state)
  const enough = count(state, 'verified') >= state.rules.minimumContributions
  if (enough) return close(state)
  // Else those who would work next wait for those who do not come back.
  if (letsIn && count(state, 'fetching') === 0) return closeEmpty(state)
  const deadline = now + state.rules.deadlineMs
  return [{ ...state, deadline }, [{ kind: 'extend', deadline }]]
}

/** Closes as soon as nobody is awaited any more. */
function settle(state: CollectorState): Step {
  let awaited = count(state, 'fetching')
  for (const [peer, entry] of state.peers) if (entry.state === 'expected' && !state.unawaited.has(peer)) awaited++
  return awaited === 0 && count(state, 'verified') >= state.rules.minimumContributions ? close(state) : [state, []]
}

function close(state: CollectorState): Step {
  const accepted: Claim[] = []
  const rejected: Rejected[] = []
  for (const [peer, entry] of state.peers) {
    if (entry.state === 'verified' && entry.claim !== undefined) accepted.push(entry.claim)
    else rejected.push(rejectionOf(peer, entry))
  }
  // What does not fit into a commit: first those of whom nothing but a presence was heard.
  const worth = ({ reason }: Rejected) => (reason === 'silent' || reason === 'left' ? 1 : 0)
  const told = rejected
    .sort((a, b) => worth(a) - worth(b) || compare(a.peer, b.peer))
    .slice(0, limits.rejectionsPerRound)
    .sort((a, b) => compare(a.peer, b.peer))
  // Not by id, which its peer can choose; and then in one order for everyone.
  const taken = accepted
    .sort((a, b) => state.order(a.contribution.peer, b.contribution.peer))
    .slice(0, limits.contributionsPerRound)
    .sort((a, b) => compare(a.id, b.id))
  return [{ ...state, closed: true }, [{ kind: 'close', accepted: taken, rejected: told }]]
}

/** Of what came, too little for a round, nothing is told: it was neither taken nor refused. */
function closeEmpty(state: CollectorState): Step {
  const others = [...state.peers].filter(([, entry]) => entry.state !== 'verified')
  return close({ ...state, peers: new Map(others) })
}

function rejectionOf(peer: PeerId, { state, claim, reason }: Entry): Rejected {
  const why = reason ?? (state === 'fetching' ? 'unavailable' : 'silent')
  return claim !== undefined && provableReasons.has(why) ? { peer, reason: why, id: claim.id } : { peer, reason: why }
}

function count(state: CollectorState, wanted: Entry['state']): number {
  let found = 0
  for (const entry of state.peers.values()) if (entry.state === wanted) found++
  return found
}

function put(state: CollectorState, peer: PeerId, entry: Entry): CollectorState {
  return { ...state, peers: new Map(state.peers).set(peer, entry) }
}

/**
 * Of the peers that are `alike`, at most `most` have a place: one more takes that of the last of them, or has none.
 * @returns `undefined` when it has none
 */
function place(
  state: CollectorState,
  peer: PeerId,
  entry: Entry,
  alike: (other: Entry) => boolean,
  most: number,
): CollectorState | undefined {
  const held = [...state.peers].filter(([one, other]) => one !== peer && alike(other))
  if (held.length < most) return put(state, peer, entry)
  const order: Order<(typeof held)[number]> = ([a, { state: mine }], [b, { state: others }]) =>
    Number(mine === 'rejected') - Number(others === 'rejected') || state.order(a, b)
  const displaced = displacedBy([peer, entry], held, order)
  return displaced && put(drop(state, displaced[0]), peer, entry)
}

function drop(state: CollectorState, peer: PeerId): CollectorState {
  const peers = new Map(state.peers)
  peers.delete(peer)
  return { ...state, peers }
}

function reject(state: CollectorState, peer: PeerId, reason: RejectionReason): CollectorState {
  return put(state, peer, { ...state.peers.get(peer), state: 'rejected', reason })
}

/** Only while the peer's latest claim is still that one. */
function update(state: CollectorState, id: ContributionId, change: (entry: Entry) => Entry): CollectorState {
  for (const [peer, entry] of state.peers) {
    if (entry.claim?.id === id && entry.state === 'fetching') return put(state, peer, change(entry))
  }
  return state
}

/** A total order by code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function acceptedOf(claim: Claim, weight: number): Accepted {
  const { peer, delta, examples, tier } = claim.contribution
  return { id: claim.id, peer, delta, examples, weight, ...(tier === undefined ? {} : { tier }) }
}
