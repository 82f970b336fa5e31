/**
 * What a peer brings along to be let in, and the message that it shows it by. Who checks it is `reputation/admission`.
 * @module
 */
import { z } from 'zod'
import { bytesSchema } from './codec.ts'
import { hashSchema, peerIdSchema, taskIdSchema } from './ids.ts'

export const workSchema = z.strictObject({
  /** hash of the commit that the work is bound to; the task's id before the first commit */
  recent: hashSchema,
  nonce: z.int().min(0),
})
export type Work = z.infer<typeof workSchema>

export const invitationSchema = z.strictObject({
  task: taskIdSchema,
  peer: peerIdSchema,
  inviter: peerIdSchema,
  /** last round that it admits in */
  until: z.int().min(0).max(0x7fffffff),
})
export type Invitation = z.infer<typeof invitationSchema>

export const signedInvitationSchema = z.strictObject({ invitation: invitationSchema, signature: bytesSchema(64) })
export type SignedInvitation = z.infer<typeof signedInvitationSchema>

export const ticketSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('work'), work: workSchema }),
  z.strictObject({ kind: z.literal('invitation'), ...signedInvitationSchema.shape }),
])
export type Ticket = z.infer<typeof ticketSchema>

/** "Let me in": signed by who wants to be let in. A commit carries it whole, so that whoever has the commit can check it again. */
export const applicationSchema = z.strictObject({
  task: taskIdSchema,
  ticket: ticketSchema,
  /** milliseconds since 1970: a later one replaces an earlier one */
  at: z.int().min(0),
})
export type Application = z.infer<typeof applicationSchema>
