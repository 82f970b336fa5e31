/** An invitation as people send it: a line of text, or the link to a seed's page that ends in it. @module */
import { base64url } from 'multiformats/bases/base64'
import { type SignedInvitation, signedInvitationSchema } from './admission.ts'
import { decode, encode, WireError } from './codec.ts'
import { limits } from './limits.ts'

const mark = '#invitation='

export function invitationText(invitation: SignedInvitation): string {
  return base64url.encode(encode(invitation))
}

/** @param page - of a seed: whoever opens the link takes part there */
export function invitationLink(page: string, invitation: SignedInvitation): string {
  return `${new URL('/', page)}${mark}${invitationText(invitation)}`
}

/**
 * Whether it is signed, and for whom, is not looked at.
 * @param text - {@link invitationText} or {@link invitationLink}, with space around it or not
 * @throws {@link WireError} `INVALID` when it is neither
 */
export function readInvitation(text: string): SignedInvitation {
  const start = text.indexOf(mark)
  const coded = (start === -1 ? text : text.slice(start + mark.length)).trim()
  try {
    if (coded.length > 2 * limits.applicationBytes) throw new RangeError('too long')
    return decode(signedInvitationSchema, base64url.decode(coded), limits.applicationBytes)
  } catch {
    throw new WireError(
      { code: 'INVALID', where: 'invitation', why: 'not one' },
      'this is not an invitation, or not all of it',
    )
  }
}
