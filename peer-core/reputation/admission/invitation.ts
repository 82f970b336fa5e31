/**
 * Admission by invitation: whom a consortium lets invite signs one for a peer by name.
 *
 * An invitation is for one peer and one task and ends with a round, so that none lies about for ever. How many of one inviter are taken
 * is counted in the state (`invited`), whoever of the invited is still there.
 * @module
 */
import { type Identity, verifySignature } from '../../foundation/index.ts'
import { encode, type Invitation, type SignedInvitation } from '../../wire/index.ts'

const DOMAIN = 'invitation/1'

export function signInvitation(inviter: Identity, given: Omit<Invitation, 'inviter'>): SignedInvitation {
  const invitation = { ...given, inviter: inviter.peerId }
  return { invitation, signature: inviter.sign(DOMAIN, encode(invitation)) }
}

/** Whether its inviter signed it, whatever the task makes of the inviter. */
export function isInvitationSigned({ invitation, signature }: SignedInvitation): boolean {
  return verifySignature(invitation.inviter, DOMAIN, encode(invitation), signature)
}
