/**
 * Who is there: says of this peer what others decide by, hears it of them, stays connected to enough of them, and notices who
 * left.
 * @module
 */
import { type PeerId, second } from '../foundation/index.ts'
import { deadline, sleep } from '../ports/index.ts'
import { controlTopic, limits, type Presence, seal } from '../wire/index.ts'
import { Colleagues } from './colleagues.ts'
import { every } from './every.ts'
import { type Introduction, Introductions } from './introductions.ts'
import type { Others } from './look-around.ts'
import { Membership } from './membership.ts'
import type { SessionContext } from './session-context.ts'

const heartbeatMs = 5 * second
/** A member whose connection broke has this long to come back before a round stops waiting for it. */
const returnMs = 7 * second
/** A newcomer is answered with a presence, but many newcomers with one. */
const greetMs = 300
/** Members who all answer a newcomer. */
const few = 16
/** A member that counts so many times as many as it last said says so at once: others draw lots by it. */
const grown = 1.5
/** For those who are connected when we come, to tell what they know. */
const askMs = second
/** Between two dials of one member. */
const redialMs = 30 * second

export interface NeighbourhoodParts {
  /** Whether this peer votes now. */
  isMember(peer: PeerId): boolean
  /** What we say of ourselves. */
  own(): Pick<Presence, 'status' | 'round' | 'role' | 'engine' | 'shard'>
  /** the last committed round that we know */
  head(): number
  /** A peer connected, or shows that it is further than we are. Ends when it has told what it knows. */
  onNews(peer: PeerId): Promise<void>
  onGone(peer: PeerId): void
  /** A member of the committee may have come, gone, or been heard of. */
  onCommittee(): void
  /** Someone was. */
  onChange(): void
}

export class Neighbourhood {
  readonly membership: Membership
  readonly #context: SessionContext
  readonly #parts: NeighbourhoodParts
  readonly #colleagues: Colleagues
  readonly #introductions: Introductions
  readonly #redialAt = new Map<PeerId, number>()
  /** Connected peers that asked us what is new: they take part, said so or not. */
  readonly #askers = new Set<PeerId>()
  #connected: ReadonlySet<PeerId> = new Set()
  #dialling = 0
  /** When we last said that we are here. */
  #saidAt = 0
  /** How many contributors we counted then. */
  #saidCount = 0
  /** What we are about to say. */
  #unsaid: { readonly at: number; readonly cancel: () => void } | undefined
  /** It is news, whoever is here; otherwise a welcome that a crowd can do without. */
  #isNews = false

  constructor(context: SessionContext, parts: NeighbourhoodParts) {
    const { identity, spec } = context
    this.membership = new Membership({
      self: identity.peerId,
      committee: new Set(spec.committee.map(({ peer }) => peer)),
      connected: () => this.#connected,
    })
    this.#colleagues = new Colleagues(context, {
      isConnected: (peer) => this.#connected.has(peer),
      isColleague: (peer) => this.#isMember && peer !== identity.peerId && this.#votes(peer),
    })
    this.#context = context
    this.#parts = parts
    this.#introductions = new Introductions(context, {
      membership: this.membership,
      presence: () => seal(identity, 'presence', this.#presence()).bytes,
      lacking: () => Math.max(0, this.membership.lacks(this.#connected) - this.#dialling),
    })
  }

  get connected(): ReadonlySet<PeerId> {
    return this.#connected
  }

  /** Those who are no seeds, for a newcomer that hopes for the model from them. */
  readonly others: Others = {
    // Who is connected and no seed has something to say soon.
    known: () => this.#others().length + [...this.#connected].filter((peer) => !this.#isSeed(peer)).length,
    connected: () => {
      // Over a relay they only find a way to each other: it carries no blobs.
      const direct = new Set(
        this.#context.network.connections().flatMap(({ peer, path }) => (path === 'relayed' ? [] : peer)),
      )
      return this.#others().filter(([peer]) => direct.has(peer)).length
    },
    dialling: () => this.#dialling,
  }

  #others() {
    return this.membership.present().filter(([peer]) => !this.#isSeed(peer))
  }

  /** Voting now, or one of those whom the task names. */
  get #isMember(): boolean {
    return this.#votes(this.#context.identity.peerId)
  }

  #votes(peer: PeerId): boolean {
    return this.#parts.isMember(peer) || this.#isSeed(peer)
  }

  #isSeed(peer: PeerId): boolean {
    return this.#context.spec.committee.some((seed) => seed.peer === peer)
  }

  /** @returns stops it */
  start(): () => void {
    const { network, clock } = this.#context
    const ends = [network.onConnections(() => this.#onConnections()), every(clock, heartbeatMs, () => this.#tick())]
    ends.push(this.#colleagues.start())
    return () => {
      for (const end of ends) end()
    }
  }

  /**
   * Who is connected tells what it knows, and then we say that we are here: among few at once, in a crowd when it is our turn,
   * for ten thousand newcomers would be heard by ten thousand each.
   */
  async enter(): Promise<void> {
    const { clock, random, signal } = this.#context
    if (this.#isMember) this.beat()
    const asked = this.#onConnections()
    if (asked.length > 0) await Promise.race([Promise.allSettled(asked), sleep(clock, askMs)])
    if (this.#isMember || signal.aborted) return
    if (this.#patience === 1) return this.beat()
    this.#saidAt = clock.now() - random.next() * this.#patience * heartbeatMs
    this.#lookAfter()
  }

  /** A peer asks what is new, and may say who it is. @returns of others, as many as it wants to know, envelopes */
  askedBy(peer: PeerId, wanted: number): Uint8Array[] {
    if (this.#connected.has(peer) && !this.#isSeed(peer)) this.#askers.add(peer)
    if (this.#isMember && this.contributors >= grown * Math.max(1, this.#saidCount)) this.greet()
    return wanted === 0 ? [] : this.#introductions.of(peer, wanted)
  }

  /** What goes with our next question to this peer. */
  introduction(peer: PeerId): Introduction {
    return this.#introductions.to(peer)
  }

  /** Others that a peer told us of: neighbours to be. @throws {@link WireError} for what is no presence */
  introduced(envelopes: readonly Uint8Array[]): void {
    if (this.#introductions.hear(envelopes)) this.#lookAfter()
  }

  /** Contributors that are connected to us. */
  get contributors(): number {
    return this.#askers.size
  }

  /** Says that we are here, forgets who has not for long, and dials whom we should be connected to. */
  beat(): void {
    this.#unsaid?.cancel()
    this.#unsaid = undefined
    this.#isNews = false
    this.#saidAt = this.#context.clock.now()
    this.#saidCount = this.contributors
    this.#context.say('presence', this.#presence())
    this.#lookAfter()
  }

  #tick(): void {
    // The last beat may have been a moment late: half a heartbeat decides.
    const due = this.#saidAt + (this.#patience - 0.5) * heartbeatMs
    if (this.#context.clock.now() >= due) this.beat()
    else this.#lookAfter()
  }

  /** The few members of the committee are always heard of: others decide by it whether a commit will come. */
  get #patience(): number {
    return this.#isMember ? 1 : this.membership.patience
  }

  #lookAfter(): void {
    const { clock, network, signal } = this.#context
    for (const peer of this.membership.sweep(clock.now())) this.#parts.onGone(peer)
    for (const [peer, at] of this.#redialAt) if (at <= clock.now()) this.#redialAt.delete(peer)
    for (const [peer, { presence }] of this.membership.toDial(this.#connected)) {
      if (this.#redialAt.has(peer)) continue
      // Anyone may name any address: one that did not answer is left alone for a while.
      this.#redialAt.set(peer, clock.now() + redialMs)
      const limit = deadline(clock, 20 * second, signal)
      this.#dialling++
      void network
        .dial(peer, presence.addresses, limit.signal)
        .catch(() => undefined)
        .finally(() => {
          limit.clear()
          this.#dialling--
        })
    }
    this.#changed()
  }

  #changed(): void {
    this.#parts.onCommittee()
    this.#parts.onChange()
  }

  /** What we say of ourselves has changed: others hear it soon, once for many changes. */
  greet(): void {
    this.#isNews = true
    this.#speakIn(greetMs)
  }

  /**
   * A newcomer hears of the committee soon, which it needs to know whether a commit will come; and of the others too while
   * they are few: where they are more, it is introduced to as many as it can use.
   */
  #welcome(): void {
    if (this.#isMember || this.#areFew) this.#speakIn(greetMs * (this.#isMember ? this.membership.patience : 1))
  }

  get #areFew(): boolean {
    return this.membership.crowd < few
  }

  #speakIn(ms: number): void {
    const { clock, signal } = this.#context
    const at = clock.now() + ms
    if (this.#unsaid !== undefined && this.#unsaid.at <= at) return
    this.#unsaid?.cancel()
    const cancel = clock.after(ms, () => {
      this.#unsaid = undefined
      if (signal.aborted) return
      // Whoever comes with a crowd takes it for a few at first, and would greet all of it.
      if (this.#isNews || this.#isMember || this.#areFew) this.beat()
    })
    this.#unsaid = { at, cancel }
  }

  /** Whether a presence is worth forwarding. */
  isFresh(peer: PeerId, { at }: Presence): boolean {
    const known = this.membership.get(peer)
    const late = Math.abs(at - this.#context.clock.now()) > limits.clockSkewMs
    return !late && (known === undefined || known.presence.at < at)
  }

  /** Another peer's presence. */
  heard(peer: PeerId, presence: Presence, envelope: Uint8Array): void {
    const unknown = this.membership.get(peer) === undefined
    if (!this.membership.heard(peer, presence, envelope, this.#context.clock.now())) return
    if (unknown) this.#welcome()
    this.#colleagues.heard(peer, presence.addresses)
    if (this.#votes(peer)) this.#parts.onCommittee()
    if (presence.round > this.#parts.head() && this.#connected.has(peer)) void this.#parts.onNews(peer)
    this.#parts.onChange()
  }

  /** Says goodbye, so that nobody waits for us. */
  async leave(): Promise<void> {
    const { identity, network, task } = this.#context
    const goodbye = seal(identity, 'presence', { ...this.#presence(), status: 'leaving' }).bytes
    await network.gossip.publish(controlTopic(task), goodbye).catch(() => undefined)
  }

  #presence(): Presence {
    const { task, clock, network } = this.#context
    return {
      task,
      at: clock.now(),
      ...this.#parts.own(),
      ...(this.#isMember ? { contributors: this.contributors } : {}),
      addresses: network
        .addresses()
        .filter((address) => address.length <= limits.addressCharacters)
        .slice(0, limits.addresses),
    }
  }

  /** @returns what newly connected peers are asked */
  #onConnections(): Promise<void>[] {
    const { network, clock } = this.#context
    const before = this.#connected
    this.#connected = new Set(network.connections().map(({ peer }) => peer))
    for (const peer of before) {
      if (this.#connected.has(peer)) continue
      this.#askers.delete(peer)
      this.#introductions.lost(peer)
      const at = this.membership.get(peer)?.heard
      clock.after(returnMs, () => {
        if (this.#connected.has(peer) || this.membership.get(peer)?.heard !== at) return
        this.membership.forget(peer)
        this.#parts.onGone(peer)
        this.#changed()
      })
    }
    const asked = [...this.#connected].filter((peer) => !before.has(peer)).map((peer) => this.#parts.onNews(peer))
    this.#changed()
    return asked
  }
}
