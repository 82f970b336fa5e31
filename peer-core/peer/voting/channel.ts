/**
 * How a committee hears itself: statements and evidence on a topic of its own, statuses and their answers from member to member.
 * Whatever comes in is admitted or dropped before it is forwarded or believed, and counted.
 * @module
 */
import {
  type AdmissionContext,
  type AdmissionFault,
  admit,
  blameOf,
  decodeBody,
  decodeCommit,
  encode,
  helpersOf,
  type MemberMessage,
  type RefusalReason,
  type Verify,
} from '../../consensus/index.ts'
import { messageOf, type PeerId } from '../../foundation/index.ts'
import type { Verdict } from '../../ports/index.ts'
import { consensusTopic } from '../../wire/index.ts'
import type { Committees } from '../committees.ts'
import type { SessionContext } from '../session-context.ts'
import { Allowance, directMeasure, topicMeasure } from './allowance.ts'
import type { Direct } from './direct.ts'

export interface ChannelParts {
  readonly committees: Committees
  readonly verify: Verify
  readonly direct: Direct
  /** the last committed height */
  height(): number
  hear(message: MemberMessage, from: PeerId): void
}

/** `BACKLOG`: admitted, and there was no room for it. `FLOOD`: more than a member has to say. */
export type Refusal = AdmissionFault | RefusalReason | 'BACKLOG' | 'FLOOD'

export class ConsensusChannel {
  readonly #context: SessionContext
  readonly #parts: ChannelParts
  readonly #admitted = new WeakMap<Uint8Array, MemberMessage>()
  readonly #refusals = new Map<Refusal, number>()
  readonly #ofSigners = new Allowance(topicMeasure)
  readonly #evidenceOf = new Allowance(topicMeasure)
  readonly #directOf = new Allowance(directMeasure)
  /** for each peer, until the effects of a step are through */
  readonly #outgoing = new Map<PeerId, Uint8Array[]>()

  constructor(context: SessionContext, parts: ChannelParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Messages that were dropped, by reason, since the start. */
  get refusals(): ReadonlyMap<Refusal, number> {
    return this.#refusals
  }

  count(reason: Refusal): void {
    this.#refusals.set(reason, (this.#refusals.get(reason) ?? 0) + 1)
  }

  /** @returns stops listening */
  start(): () => void {
    const { network, task } = this.#context
    return network.gossip.subscribe(consensusTopic(task), {
      validate: (data, from) => this.#validate(data, from),
      deliver: (data, from) => {
        const message = this.#admitted.get(data)
        if (message !== undefined) this.#parts.hear(message, from)
      },
    })
  }

  /** A message from one member to us. @returns whether an honest member may have sent it */
  receive(bytes: Uint8Array, from: PeerId): boolean {
    if (!this.#directOf.spend(from, this.#context.clock.now())) {
      this.count('FLOOD')
      return false
    }
    const admission = admit(bytes, this.#admission())
    if (admission.ok) this.#parts.hear(admission.message, from)
    else this.count(admission.fault)
    return admission.ok || blameOf(admission.fault) === 'ignore'
  }

  /** Statements and evidence go to all by gossip, a status to those whose turn it is to answer; the rest waits for `flush`. */
  send(to: PeerId | 'all', message: MemberMessage): void {
    const { task, identity, network, signal, notice } = this.#context
    const bytes = encode(message)
    if (to !== 'all') this.#put(to, bytes)
    else if (message.type === 'status') {
      for (const helper of helpersOf(this.#parts.committees.current, identity.peerId, message.tick))
        this.#put(helper, bytes)
    } else {
      network.gossip.publish(consensusTopic(task), bytes).catch((error: unknown) => {
        if (!signal.aborted) notice('warning', `could not publish a ${message.type}: ${messageOf(error)}`)
      })
    }
  }

  /** @param commit - as stored */
  sendCommit(to: PeerId, commit: Uint8Array): void {
    this.#put(to, encode({ type: 'commit', commit: decodeCommit(commit) }))
  }

  /** Sends what `send` put aside: one stream a peer. Who cannot be reached asks someone else. */
  flush(): void {
    const { task, signal } = this.#context
    for (const [peer, messages] of this.#outgoing) {
      this.#parts.direct.send(peer, task, messages, signal).catch(() => undefined)
    }
    this.#outgoing.clear()
  }

  #put(to: PeerId, bytes: Uint8Array): void {
    this.#outgoing.set(to, [...(this.#outgoing.get(to) ?? []), bytes])
  }

  #validate(data: Uint8Array, from: PeerId): Verdict {
    const admission = admit(data, this.#admission())
    if (!admission.ok) {
      this.count(admission.fault)
      return blameOf(admission.fault)
    }
    const { message } = admission
    // Between two members, and so not for all of them.
    if (message.type === 'status' || message.type === 'commit') return 'reject'
    const now = this.#context.clock.now()
    // Evidence is paid for by who hands it over: of an honest member's statements anybody can make accusations without end.
    const mayPass =
      message.type === 'evidence' ? this.#evidenceOf.spend(from, now) : this.#ofSigners.spend(message.member, now)
    if (!mayPass) {
      this.count('FLOOD')
      return 'ignore'
    }
    this.#admitted.set(data, message)
    return 'accept'
  }

  #admission(): AdmissionContext {
    const { committees, verify, height } = this.#parts
    const { epochLength = Number.POSITIVE_INFINITY } = this.#context.spec.consensus?.election ?? {}
    const epochOf = (at: number) => Math.floor(at / epochLength)
    return {
      task: this.#context.task,
      // Late votes of the last height may still be evidence.
      height: Math.max(1, height()),
      // Beyond a border that we have not passed nobody is known to be a member, or not to be one.
      committeeAt: (at) => (epochOf(at - 1) > epochOf(height()) ? undefined : committees.at(at)),
      verify,
      readHeader: decodeBody,
    }
  }
}
