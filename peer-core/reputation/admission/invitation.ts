/**
 * Admission by invitation: whom a consortium lets invite signs one for a peer by name.
 *
 * An invitation is for one peer and one task and ends with a round, so that none lies about for ever. How many of one inviter are taken
 * is counted in the state (`invited`), whoever of the invited is still there.
 * @module
 */
import { z } from 'zod'
import { type Identity, verifySignature } from '../../foundation/index.ts'
import { bytesSchema, encode, peerIdSchema, taskIdSchema } from '../../wire/index.ts'

const DOMAIN = 'invitation/1'

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

export function signInvitation(inviter: Identity, given: Omit<Invitation, 'inviter'>): SignedInvitation {
  const invitation = { ...given, inviter: inviter.peerId }
  return { invitation, signature: inviter.sign(DOMAIN, encode(invitation)) }
}

/** Whether its inviter signed it, whatever the task makes of the inviter. */
export function isInvitationSigned({ invitation, signature }: SignedInvitation): boolean {
  return verifySignature(invitation.inviter, DOMAIN, encode(invitation), signature)
}
