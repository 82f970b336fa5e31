/**
 * Whether a peer is let in. What a commit says in `admitted` has passed this at everyone who votes for it.
 * @module
 */
import type { Hash, PeerId, TaskId } from '../../foundation/index.ts'
import type { SignedInvitation, Ticket, Work } from '../../wire/index.ts'
import type { AdmissionProblem } from '../errors.ts'
import { type SeatsTaken, seatProblem, withSeat } from '../institutions.ts'
import type { ReputationRules } from '../rules.ts'
import { type ReputationState, standingOf } from '../state.ts'
import { isInvitationSigned } from './invitation.ts'
import { isWorkDone } from './proof-of-work.ts'

export interface AdmissionRequest {
  readonly peer: PeerId
  readonly ticket: Ticket
}

export interface AdmissionContext {
  readonly task: TaskId
  readonly state: ReputationState
  readonly rules: ReputationRules
  /** round of a commit by its hash, the task's id standing for round 0; `undefined` for what is not in the chain, or too old to matter */
  readonly roundOf: (commit: Hash) => number | undefined
}

export type AdmissionAnswer =
  | { readonly admitted: { readonly peer: PeerId; readonly inviter?: PeerId } }
  | { readonly problem: AdmissionProblem }

/**
 * For the coming round, `state.round + 1`: one after another, each taking its seat before the next is looked at. Whether all of them are let
 * in does not depend on their order.
 */
export function checkAdmissions(requests: readonly AdmissionRequest[], context: AdmissionContext): AdmissionAnswer[] {
  let taken: SeatsTaken = context.state
  const seen = new Set<PeerId>()
  return requests.map((request) => {
    if (seen.has(request.peer)) return { problem: 'already-admitted' }
    const answer = checkOne(request, context, taken)
    if (!('admitted' in answer)) return answer
    const { peer, inviter } = answer.admitted
    seen.add(peer)
    if (inviter !== undefined) taken = withSeat(taken, context.rules, inviter)
    return answer
  })
}

/** {@link checkAdmissions} of one alone. */
export function checkAdmission(request: AdmissionRequest, context: AdmissionContext): AdmissionAnswer {
  return checkOne(request, context, context.state)
}

/** Problems that no later round solves, nor anything but another ticket: whoever sees one need not keep what has it. */
export const hopeless: ReadonlySet<AdmissionProblem> = new Set([
  'work-needed',
  'work-missing',
  'invitation-needed',
  'inviter-unknown',
  'invitation-for-another',
  'bad-signature',
])

function checkOne({ peer, ticket }: AdmissionRequest, context: AdmissionContext, taken: SeatsTaken): AdmissionAnswer {
  const { state, rules } = context
  if (standingOf(state, peer) !== undefined) return { problem: 'already-admitted' }
  const { kind } = rules.admission
  if (kind === 'work' && ticket.kind === 'none') return { problem: 'work-needed' }
  if (kind === 'invitation' && ticket.kind !== 'invitation') return { problem: 'invitation-needed' }
  if (ticket.kind === 'invitation') {
    const problem = invitationProblem(peer, ticket, context, taken)
    return problem === undefined ? { admitted: { peer, inviter: ticket.invitation.inviter } } : { problem }
  }
  const problem = ticket.kind === 'work' ? workProblem(peer, ticket.work, context) : undefined
  return problem === undefined ? { admitted: { peer } } : { problem }
}

function workProblem(
  peer: PeerId,
  { recent, nonce }: Work,
  { task, state, rules, roundOf }: AdmissionContext,
): AdmissionProblem | undefined {
  // Work that nobody asks for needs no check.
  if (rules.admission.kind !== 'work') return undefined
  const { bits, freshRounds } = rules.admission
  if (!isWorkDone({ task, peer, recent, bits }, nonce)) return 'work-missing'
  const round = roundOf(recent)
  return round === undefined || state.round - round > freshRounds ? 'work-stale' : undefined
}

function invitationProblem(
  peer: PeerId,
  signed: SignedInvitation,
  { task, state, rules }: AdmissionContext,
  taken: SeatsTaken,
): AdmissionProblem | undefined {
  const { invitation } = signed
  if (invitation.task !== task || invitation.peer !== peer) return 'invitation-for-another'
  if (!isInvitationSigned(signed)) return 'bad-signature'
  if (state.round + 1 > invitation.until) return 'invitation-expired'
  return seatProblem(taken, rules, invitation.inviter)
}
