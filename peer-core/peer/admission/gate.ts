/**
 * Whom a commit lets in: the envelopes that its body carries, checked by everyone who votes on it, from the chain alone. What is
 * checked is in the body, so that whoever has the commits can check it again.
 * @module
 */
import type { Hash, PeerId, TaskId } from '../../foundation/index.ts'
import {
  type AdmissionAnswer,
  type AdmissionRequest,
  checkAdmissions,
  type ReputationRules,
  type ReputationState,
} from '../../reputation/index.ts'
import { applicationSchema, decode, limits, readSealed } from '../../wire/index.ts'
import { readMessage } from '../message.ts'

export class Gate {
  readonly #task: TaskId
  readonly #rules: ReputationRules
  /** rounds of the commits that work may be bound to, oldest first */
  readonly #recent: Map<Hash, number>

  constructor(task: TaskId, rules: ReputationRules) {
    this.#task = task
    this.#rules = rules
    this.#recent = new Map([[task, 0]])
  }

  committed(round: number, hash: Hash): void {
    const { admission } = this.#rules
    if (admission.kind !== 'work') return
    this.#recent.set(hash, round)
    for (const [old, of] of this.#recent) {
      if (round - of <= admission.freshRounds) return
      this.#recent.delete(old)
    }
  }

  /** @param state - of the last commit */
  check(requests: readonly AdmissionRequest[], state: ReputationState): AdmissionAnswer[] {
    const roundOf = (commit: Hash) => this.#recent.get(commit)
    return checkAdmissions(requests, { task: this.#task, rules: this.#rules, state, roundOf })
  }

  /** What is wrong with the admissions of a body, to whoever votes on it. */
  problemOf(admitted: readonly Uint8Array[], state: ReputationState): string | undefined {
    const requests: AdmissionRequest[] = []
    for (const bytes of admitted) {
      try {
        const message = readMessage(bytes, this.#task)
        if (message.type !== 'application') return 'an admission that nobody applied for'
        requests.push({ peer: message.from, ticket: message.value.ticket })
      } catch {
        return 'an admission that cannot be read'
      }
    }
    const answers = this.check(requests, state)
    const refused = answers.findIndex((answer) => 'problem' in answer)
    const answer = answers[refused]
    if (answer === undefined || !('problem' in answer)) return undefined
    return `…${requests[refused]!.peer.slice(-6)} is let in: ${answer.problem}`
  }
}

/** Of a body that its members have checked before they signed for it. */
export function admittedBy(admitted: readonly Uint8Array[]): { readonly peer: PeerId; readonly inviter?: PeerId }[] {
  return admitted.map((bytes) => {
    const { peer, payload } = readSealed(bytes, limits.applicationBytes)
    const { ticket } = decode(applicationSchema, payload, limits.applicationBytes)
    return ticket.kind === 'invitation' ? { peer, inviter: ticket.invitation.inviter } : { peer }
  })
}
