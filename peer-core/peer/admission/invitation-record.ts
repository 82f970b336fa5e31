/** The invitation that a peer was given for a task, kept for its next start. @module */
import type { TaskId } from '../../foundation/index.ts'
import type { RecordStore } from '../../ports/index.ts'
import { decode, encode, limits, type SignedInvitation, signedInvitationSchema } from '../../wire/index.ts'

const keyOf = (task: TaskId) => `invitation/${task}`

export async function rememberInvitation(
  records: Pick<RecordStore, 'put'>,
  task: TaskId,
  invitation: SignedInvitation,
): Promise<void> {
  await records.put(keyOf(task), encode(invitation))
}

/** @returns nothing also where it cannot be read: another can be given */
export async function recallInvitation(
  records: Pick<RecordStore, 'get'>,
  task: TaskId,
): Promise<SignedInvitation | undefined> {
  const bytes = await records.get(keyOf(task))
  if (bytes === undefined) return undefined
  try {
    return decode(signedInvitationSchema, bytes, limits.applicationBytes)
  } catch {
    return undefined
  }
}
