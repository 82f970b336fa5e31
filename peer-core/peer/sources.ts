/**
 * Where a peer gets models and data from: who holds what, and how a model is had that nobody hands over.
 * @module
 */
import { type BlobId, type PeerId, second } from '../foundation/index.ts'
import { deadline } from '../ports/index.ts'
import { looksBack, type OuterState, type Parent } from '../round/index.ts'
import type { Commit } from './commit.ts'
import type { Deltas } from './deltas.ts'
import type { PeerEvent } from './events.ts'
import type { Models } from './models.ts'
import type { Neighbourhood } from './neighbourhood.ts'
import type { SessionContext } from './session-context.ts'

export interface SourcesParts {
  readonly models: Models
  readonly deltas: Deltas
  readonly neighbourhood: Neighbourhood
  head(): Parent
  /** the last one */
  commit(): Commit | undefined
  /** of a recent round; of round 0 the one that the task begins with */
  modelOf(round: number): BlobId | undefined
  /** of the task's shards, the one that we train on */
  shard(): number | undefined
  readonly onEvent: (event: PeerEvent) => void
}

export class Sources {
  /** Bytes of the model that we joined with, by who gave them. */
  joinedFrom: Readonly<Record<PeerId, number>> = {}
  readonly #context: SessionContext
  readonly #parts: SourcesParts

  constructor(context: SessionContext, parts: SourcesParts) {
    this.#context = context
    this.#parts = parts
  }

  /** Who is likely to hold the last model, or our shard. */
  holders(what: 'model' | 'data'): PeerId[] {
    const { identity, spec, random } = this.#context
    const { connected, membership } = this.#parts.neighbourhood
    const shard = this.#parts.shard()
    const seeds = spec.committee
      .map((member) => member.peer)
      .filter((peer) => connected.has(peer) && peer !== identity.peerId)
    const others = membership
      .present()
      // Presence lags: who works on the task has, or is about to have, the last model; what it lacks it says.
      .filter(([, { presence }]) => presence.status !== 'joining' && (what === 'model' || presence.shard === shard))
      .map(([peer]) => peer)
    // Seeds surely have it; a few others, another few each time, share the load.
    return [...new Set([...seeds.slice(0, 2), ...random.shuffle(others)])].filter((peer) => peer !== identity.peerId)
  }

  /** The same, asked of the directory. */
  findHolders(model: BlobId): Promise<PeerId[]> {
    return this.#context.network.directory.providers(model, 6, this.#within(5 * second))
  }

  /** Shards of the others that train. */
  takenShards(): ReadonlyMap<PeerId, number> {
    const taken = new Map<PeerId, number>()
    for (const [peer, { presence }] of this.#parts.neighbourhood.membership.present()) {
      if (presence.shard !== undefined) taken.set(peer, presence.shard)
    }
    return taken
  }

  /**
   * Weights of the head's model. A member recomputes from them, and may have caught up with commits whose models it never had.
   * @throws {@link ExchangeError} when nobody hands it over and it cannot be made again, each within `ms`
   */
  async head(ms: number): Promise<Float32Array> {
    const { model } = this.#parts.head()
    try {
      const fetch = { providers: this.holders('model'), signal: this.#within(ms) }
      return (await this.#parts.models.load(model, fetch)).weights
    } catch (error) {
      const made = await this.rebuild(model, this.#within(ms))
      if (made === undefined) throw error
      return made
    }
  }

  /**
   * What the next step is taken from: the head's model, and the one before it where the task's rules look back. A member that comes
   * back or is new has neither, and fetches both: everyone keeps the last few.
   * @throws {@link ExchangeError} as {@link head}
   */
  async outerState(ms: number): Promise<OuterState> {
    const { hash: parent, round } = this.#parts.head()
    const base = await this.head(ms)
    const earlier = this.#before(round + 1)
    if (earlier === undefined) return { base, parent }
    const fetch = { providers: this.holders('model'), signal: this.#within(ms) }
    return { base, parent, before: (await this.#parts.models.load(earlier, fetch)).weights }
  }

  /** The last committed model from the contributions that its commit names; `undefined` when they are not to be had. */
  async rebuild(model: BlobId, signal: AbortSignal): Promise<Float32Array | undefined> {
    const body = this.#parts.commit()?.body
    if (body?.result !== model) return undefined
    return this.#parts.deltas.rebuild(body, this.#before(body.round), signal)
  }

  /** The model before the base of a round, where its step depends on it. */
  #before(round: number): BlobId | undefined {
    return round < 2 || !looksBack(this.#context.spec.aggregation) ? undefined : this.#parts.modelOf(round - 2)
  }

  /** A model is here now: tells others, and whoever follows along where it came from. */
  fetched(model: BlobId, sources: ReadonlyMap<PeerId, number>): void {
    const { task, network } = this.#context
    void network.directory.provide(model, this.#within(10 * second)).catch(() => undefined)
    if (sources.size === 0) return
    const given = Object.fromEntries(sources)
    if (Object.keys(this.joinedFrom).length === 0) this.joinedFrom = given
    this.#parts.onEvent({ kind: 'fetched', task, model, sources: given })
  }

  #within(ms: number): AbortSignal {
    return deadline(this.#context.clock, ms, this.#context.signal).signal
  }
}
