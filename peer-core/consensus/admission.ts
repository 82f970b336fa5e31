/**
 * From bytes off the network to a message that the machine may believe, or the reason why not. Checks go from cheap to
 * dear: size, decoding, task, height, membership, hash, and a signature last. Nothing here throws.
 * @module
 */
import { sha256 } from '../foundation/hash.ts'
import type { TaskId } from '../foundation/ids.ts'
import { type Commit, verifyCertificate } from './certificate.ts'
import { decodeMessage, maxMessageBytes } from './codec.ts'
import type { CommitBody } from './commit-body.ts'
import type { Committee } from './committee.ts'
import { type Evidence, isWellFormed, statementsOf } from './evidence.ts'
import type { MemberMessage, SignedMessage, Verify } from './messages.ts'

export interface AdmissionContext {
  readonly task: TaskId
  /** the height that this member decides */
  readonly height: number
  /** `undefined` where it is not known (yet, or any more) */
  committeeAt(height: number): Committee | undefined
  readonly verify: Verify
  /** of a body; throws when the bytes are none. What a proposal says of its body must be so */
  readonly readHeader: (body: Uint8Array) => Pick<CommitBody, 'task' | 'height' | 'time'>
}

export type AdmissionFault =
  | 'OVERSIZED'
  | 'GARBAGE'
  | 'WRONG_TASK'
  | 'OLD_HEIGHT'
  | 'UNKNOWN_COMMITTEE'
  | 'NOT_A_MEMBER'
  | 'BODY_MISMATCH'
  | 'BAD_SIGNATURE'
  | 'BAD_CERTIFICATE'
  | 'BAD_EVIDENCE'

export type Admission =
  | { readonly ok: true; readonly message: MemberMessage }
  | { readonly ok: false; readonly fault: AdmissionFault }

export function admit(bytes: Uint8Array, context: AdmissionContext): Admission {
  if (bytes.length > maxMessageBytes) return refused('OVERSIZED')
  let message: MemberMessage
  try {
    message = decodeMessage(bytes)
  } catch {
    return refused('GARBAGE')
  }
  const fault = faultOf(message, context)
  return fault === undefined ? { ok: true, message } : refused(fault)
}

function faultOf(message: MemberMessage, context: AdmissionContext): AdmissionFault | undefined {
  switch (message.type) {
    case 'status':
      return message.task === context.task ? undefined : 'WRONG_TASK'
    case 'commit':
      return commitFault(message.commit, context)
    case 'proposal':
    case 'prevote':
    case 'precommit':
      return statementFault(message, context)
    case 'evidence':
      return evidenceFault(message.evidence, context)
  }
}

/** Of heights past too: an offence may be found late. Whether a body was invalid is for `judge` to say. */
function evidenceFault(evidence: Evidence, context: AdmissionContext): AdmissionFault | undefined {
  if (!isWellFormed(evidence)) return 'BAD_EVIDENCE'
  for (const statement of statementsOf(evidence)) {
    if (statement.task !== context.task) return 'WRONG_TASK'
    const committee = context.committeeAt(statement.height)
    if (committee === undefined) return 'UNKNOWN_COMMITTEE'
    if (!committee.indexOf.has(statement.member)) return 'NOT_A_MEMBER'
    if (!context.verify(statement)) return 'BAD_SIGNATURE'
  }
  return undefined
}

function statementFault(message: SignedMessage, context: AdmissionContext): AdmissionFault | undefined {
  if (message.task !== context.task) return 'WRONG_TASK'
  if (message.height < context.height) return 'OLD_HEIGHT'
  const committee = context.committeeAt(message.height)
  if (committee === undefined) return 'UNKNOWN_COMMITTEE'
  if (!committee.indexOf.has(message.member)) return 'NOT_A_MEMBER'
  if (message.type === 'proposal' && !isOf(message, message, context)) return 'BODY_MISMATCH'
  return context.verify(message) ? undefined : 'BAD_SIGNATURE'
}

function commitFault({ body, certificate }: Commit, context: AdmissionContext): AdmissionFault | undefined {
  if (certificate.task !== context.task) return 'WRONG_TASK'
  if (certificate.height < context.height) return 'OLD_HEIGHT'
  const committee = context.committeeAt(certificate.height)
  if (committee === undefined) return 'UNKNOWN_COMMITTEE'
  if (!isOf({ ...certificate, body }, undefined, context)) return 'BODY_MISMATCH'
  return verifyCertificate(certificate, committee, context.verify).ok ? undefined : 'BAD_CERTIFICATE'
}

/** Whether a body is the one that is named: by its hash, in its place, and made when the proposal says. */
function isOf(
  named: { readonly task: TaskId; readonly height: number; readonly value: string; readonly body: Uint8Array },
  proposed: { readonly time: number } | undefined,
  { readHeader }: AdmissionContext,
): boolean {
  if (sha256(named.body) !== named.value) return false
  try {
    const { task, height, time } = readHeader(named.body)
    return task === named.task && height === named.height && (proposed === undefined || time === proposed.time)
  } catch {
    return false
  }
}

function refused(fault: AdmissionFault): Admission {
  return { ok: false, fault }
}

/**
 * What a refusal says of the peer that *sent* the bytes: `reject` for what no honest peer forwards, `ignore` for what
 * a slow, fast or restarted one may. It goes to the transport score and never to voting power.
 */
export function blameOf(fault: AdmissionFault): 'ignore' | 'reject' {
  return fault === 'OLD_HEIGHT' || fault === 'UNKNOWN_COMMITTEE' ? 'ignore' : 'reject'
}
