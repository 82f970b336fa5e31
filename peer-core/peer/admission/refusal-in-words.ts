/** Why a task does not let this peer in, for a person. @module */
import type { AdmissionProblem } from '../../reputation/index.ts'

/** `too-slow`: the work that the task asks for was not found in time. */
export type Refusal = AdmissionProblem | 'too-slow'

const words = {
  'already-admitted': 'this peer is let in already',
  'work-needed': 'the task lets in who does some work first',
  'work-missing': 'the work is not what the task asks for',
  'work-stale': 'the work was done too long ago',
  'invitation-needed': 'the task lets in whom someone invites: an invitation is needed',
  'inviter-unknown': 'the invitation is of someone whom the task does not let invite',
  'inviter-full': 'whoever invited has no invitation left: as many as the task allows were used',
  'institution-full': 'the institution that invited has no seat left',
  'invitation-expired': 'the invitation has expired: ask for a new one',
  'invitation-for-another': 'the invitation is for another peer, or for another task',
  'bad-signature': 'the invitation was changed after it was signed',
  'too-slow': 'the work that the task asks for was not done in time; it is tried again',
} satisfies Record<Refusal, string>

export function refusalInWords(why: Refusal): string {
  return words[why]
}
