/**
 * Whether a peer is let in. What a commit says in `admitted` has passed this at everyone who votes for it.
 * @module
 */
import { z } from 'zod'
import type { Hash, PeerId, TaskId } from '../../foundation/index.ts'
import type { AdmissionProblem } from '../errors.ts'
import { seatProblem } from '../institutions.ts'
import type { ReputationRules } from '../rules.ts'
import { type ReputationState, standingOf } from '../state.ts'
import { isInvitationSigned, type SignedInvitation, signedInvitationSchema } from './invitation.ts'
import { isWorkDone, type Work, workSchema } from './proof-of-work.ts'

/** What a peer brings along. */
export const ticketSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('work'), work: workSchema }),
  z.strictObject({ kind: z.literal('invitation'), ...signedInvitationSchema.shape }),
])
export type Ticket = z.infer<typeof ticketSchema>

export interface AdmissionRequest {
  readonly task: TaskId
  readonly peer: PeerId
  readonly ticket: Ticket
}

export interface AdmissionContext {
  readonly state: ReputationState
  readonly rules: ReputationRules
  /** round of a commit by its hash, the task's id standing for round 0; `undefined` for what is not in the chain */
  readonly roundOf: (commit: Hash) => number | undefined
}

export type AdmissionAnswer =
  | { readonly admitted: { readonly peer: PeerId; readonly inviter?: PeerId } }
  | { readonly problem: AdmissionProblem }

/** For the coming round, `state.round + 1`. */
export function checkAdmission({ task, peer, ticket }: AdmissionRequest, context: AdmissionContext): AdmissionAnswer {
  const { state, rules } = context
  if (standingOf(state, peer) !== undefined) return { problem: 'already-admitted' }
  const { kind } = rules.admission
  if (kind === 'free' && ticket.kind !== 'invitation') return { admitted: { peer } }
  if (kind === 'work' && ticket.kind === 'none') return { problem: 'work-needed' }
  if (kind === 'invitation' && ticket.kind !== 'invitation') return { problem: 'invitation-needed' }
  if (ticket.kind === 'work') {
    const problem = workProblem(task, peer, ticket.work, context)
    return problem === undefined ? { admitted: { peer } } : { problem }
  }
  if (ticket.kind === 'none') return { problem: 'work-needed' }
  const problem = invitationProblem(task, peer, ticket, context)
  return problem === undefined ? { admitted: { peer, inviter: ticket.invitation.inviter } } : { problem }
}

function workProblem(
  task: TaskId,
  peer: PeerId,
  { recent, nonce }: Work,
  { state, rules, roundOf }: AdmissionContext,
): AdmissionProblem | undefined {
  if (rules.admission.kind !== 'work') return 'work-missing'
  const { bits, freshRounds } = rules.admission
  const round = roundOf(recent)
  if (round === undefined || state.round - round > freshRounds) return 'work-stale'
  return isWorkDone({ task, peer, recent, bits }, nonce) ? undefined : 'work-missing'
}

function invitationProblem(
  task: TaskId,
  peer: PeerId,
  signed: SignedInvitation,
  { state, rules }: AdmissionContext,
): AdmissionProblem | undefined {
  const { invitation } = signed
  if (invitation.task !== task || invitation.peer !== peer) return 'invitation-for-another'
  if (state.round + 1 > invitation.until) return 'invitation-expired'
  return seatProblem(state, rules, invitation.inviter) ?? (isInvitationSigned(signed) ? undefined : 'bad-signature')
}
