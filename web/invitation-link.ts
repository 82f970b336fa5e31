/** The invitation that a link to this page ends in. @module */
import { readInvitation } from '../peer-core/wire/index.ts'
import type { SignedInvitation } from './peer.ts'

/** @returns nothing for any other fragment: who has a broken link can paste the invitation, and is told why it does not do */
export function invitationIn(fragment: string): SignedInvitation | undefined {
  try {
    return readInvitation(fragment)
  } catch {
    return undefined
  }
}
