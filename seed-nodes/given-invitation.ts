/** The invitation that a command was given, and whether it is any use to this peer. @module */
import { readFile } from 'node:fs/promises'
import { messageOf, type PeerId, refusalInWords, type TaskId } from '../peer-core/index.ts'
import { isInvitationSigned } from '../peer-core/reputation/index.ts'
import { readInvitation, type SignedInvitation } from '../peer-core/wire/index.ts'
import { UsageError } from './usage-error.ts'

/** @param given - its text, a link that ends in it, or a file that holds either. @throws {@link UsageError} */
export async function givenInvitation(given: string | undefined): Promise<SignedInvitation | undefined> {
  if (given === undefined) return undefined
  const text = await readFile(given, 'utf8').catch(() => given)
  try {
    return readInvitation(text)
  } catch (error) {
    throw new UsageError(`--invitation: ${messageOf(error)}`)
  }
}

/** What can be seen before anybody is asked; whether it is used up or expired is told by the commits. @throws {@link UsageError} */
export function checkInvitation(signed: SignedInvitation, self: PeerId, task: TaskId): void {
  const { invitation } = signed
  if (invitation.task !== task) throw new UsageError('--invitation: it is for another task')
  if (invitation.peer !== self) {
    const other = `it is for ${invitation.peer}, and this peer is ${self}`
    throw new UsageError(`--invitation: ${other}: start with the --dir whose \`zen id\` was invited`)
  }
  if (!isInvitationSigned(signed)) throw new UsageError(`--invitation: ${refusalInWords('bad-signature')}`)
}
