/**
 * How a newcomer finds neighbours without a word to everyone, of whom there may be ten thousand: with its first question to
 * whoever it is connected to it says who it is, and with the answer it is told of some who take part.
 *
 * A bounded random part of one's own view, handed to whoever asks, as in Jelasity, Voulgaris, Guerraoui, Kermarrec, van Steen,
 * "Gossip-based Peer Sampling", ACM TOCS 25(3), 2007. Departure: it is asked for when neighbours are lacking, not exchanged
 * again and again: presences that are gossiped keep the view fresh.
 * @module
 */
import { type PeerId, second, type TaskId } from '../foundation/index.ts'
import { limits, type Presence } from '../wire/index.ts'
import type { Membership } from './membership.ts'
import { readMessage } from './message.ts'
import type { SessionContext } from './session-context.ts'

/** What changes of us is gossiped: until then what we last signed will do for the next neighbour. */
const sameMs = 5 * second

/** What goes with a question. */
export interface Introduction {
  readonly presence?: Uint8Array
  readonly introduce?: number
}

export interface IntroductionsParts {
  readonly membership: Membership
  /** We say who we are, signed. */
  presence(): Uint8Array
  /** Neighbours that we lack and do not dial already. */
  lacking(): number
}

export class Introductions {
  readonly #context: SessionContext
  readonly #parts: IntroductionsParts
  /** Neighbours that have been told of us. */
  readonly #told = new Set<PeerId>()
  #signed: { readonly presence: Uint8Array; readonly at: number } | undefined

  constructor(context: SessionContext, parts: IntroductionsParts) {
    this.#context = context
    this.#parts = parts
  }

  /** For the next question to this peer: nothing, if it has been told already. */
  to(peer: PeerId): Introduction {
    if (this.#told.has(peer)) return {}
    this.#told.add(peer)
    // Twice as many as we lack: some will be gone, or full.
    const introduce = Math.min(limits.introductions, 2 * this.#parts.lacking())
    const now = this.#context.clock.now()
    if (this.#signed === undefined || now - this.#signed.at >= sameMs) {
      this.#signed = { presence: this.#parts.presence(), at: now }
    }
    return { presence: this.#signed.presence, introduce }
  }

  /** It is not connected any more: another may come under its name that knows nothing of us. */
  lost(peer: PeerId): void {
    this.#told.delete(peer)
  }

  /** For a peer that asks. Envelopes */
  of(asker: PeerId, count: number): Uint8Array[] {
    const others = this.#parts.membership
      .present()
      .filter(([peer, { presence }]) => peer !== asker && presence.addresses.length > 0)
    return this.#context.random
      .shuffle(others)
      .slice(0, count)
      .map(([, { envelope }]) => envelope)
  }

  /**
   * Others that we were told of. They are nobody's newcomers: they are not welcomed, and no round waits for them.
   * @returns whether we did not know all of them
   * @throws {@link WireError} for anything that is not a presence of this task, or no longer holds
   */
  hear(envelopes: readonly Uint8Array[]): boolean {
    const { clock, task } = this.#context
    const { membership } = this.#parts
    const now = clock.now()
    let isNews = false
    for (const envelope of envelopes.slice(0, limits.introductions)) {
      const message = readMessage(envelope, task)
      if (message.type !== 'presence' || message.value.status === 'leaving') continue
      const age = Math.abs(now - message.value.at)
      if (age > limits.clockSkewMs + membership.keptMs(message.value)) continue
      isNews = membership.heard(message.from, message.value, envelope, now) || isNews
    }
    return isNews
  }
}

/** What a peer says of itself; `undefined` for anything else. */
export function ownPresence(peer: PeerId, envelope: Uint8Array, task: TaskId): Presence | undefined {
  try {
    const message = readMessage(envelope, task)
    return message.type === 'presence' && message.from === peer ? message.value : undefined
  } catch {
    return undefined
  }
}
