/**
 * Where a committee member last found the other members: after a restart it finds them again without anyone's help, so that a
 * committee whose members come back one by one comes together.
 * @module
 */
import { z } from 'zod'
import { messageOf, type PeerId, second } from '../foundation/index.ts'
import { deadline } from '../ports/index.ts'
import { decode, encode, limits, peerIdSchema } from '../wire/index.ts'
import { every } from './every.ts'
import type { SessionContext } from './session-context.ts'

/** Between two looks at who is missing. */
const lookMs = 5 * second
const dialMs = 10 * second

const addresses = z.array(z.string().max(limits.addressCharacters)).max(limits.addresses)
const recordSchema = z.array(z.tuple([peerIdSchema, addresses])).max(2 * limits.committeeMembers)
const recordBytes = 2 * limits.committeeMembers * limits.addresses * 2 * limits.addressCharacters

export interface ColleaguesParts {
  isConnected(peer: PeerId): boolean
  /** Whether this peer and we both vote, or did when the task was made. */
  isColleague(peer: PeerId): boolean
}

export class Colleagues {
  readonly #context: SessionContext
  readonly #parts: ColleaguesParts
  readonly #known = new Map<PeerId, readonly string[]>()
  readonly #dialling = new Set<PeerId>()

  constructor(context: SessionContext, parts: ColleaguesParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Remembers, and dials who is missing, now and from then on. @returns stops it */
  start(): () => void {
    this.#remember().then(
      () => this.#dial(),
      (error: unknown) => this.#context.notice('warning', `the committee's addresses are lost: ${messageOf(error)}`),
    )
    return every(this.#context.clock, lookMs, () => this.#dial())
  }

  /** A member says where it is to be found. */
  heard(peer: PeerId, at: readonly string[]): void {
    const { stores, notice, signal } = this.#context
    if (!this.#parts.isColleague(peer) || at.length === 0 || this.#known.get(peer)?.join() === at.join()) return
    this.#known.set(peer, at)
    for (const known of this.#known.keys()) if (!this.#parts.isColleague(known)) this.#known.delete(known)
    stores.records.put(this.#key, encode([...this.#known])).catch((error: unknown) => {
      if (!signal.aborted) notice('warning', `addresses of the committee were not stored: ${messageOf(error)}`)
    })
  }

  get #key(): string {
    return `colleagues/${this.#context.task}`
  }

  async #remember(): Promise<void> {
    const bytes = await this.#context.stores.records.get(this.#key)
    if (bytes === undefined) return
    for (const [peer, at] of decode(recordSchema, bytes, recordBytes)) {
      if (!this.#known.has(peer)) this.#known.set(peer, at)
    }
  }

  #dial(): void {
    const { network, clock, signal } = this.#context
    for (const [peer, at] of this.#known) {
      if (signal.aborted || this.#dialling.has(peer)) continue
      if (this.#parts.isConnected(peer) || !this.#parts.isColleague(peer)) continue
      this.#dialling.add(peer)
      const limit = deadline(clock, dialMs, signal)
      network
        .dial(peer, at, limit.signal)
        .catch(() => undefined)
        .finally(() => {
          limit.clear()
          this.#dialling.delete(peer)
        })
    }
  }
}
