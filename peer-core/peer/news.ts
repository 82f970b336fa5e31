/**
 * Asks others what they know: commits that this peer lacks, and contributions to the open round. What gossip lost is made good
 * within a few questions, and who was away catches up, from anyone.
 * @module
 */
import { type ContributionId, type PeerId, second } from '../foundation/index.ts'
import type { Sync } from '../sync/index.ts'
import type { Chain } from './chain.ts'
import type { Claims, KnownClaim } from './claims.ts'
import { every } from './every.ts'
import type { ForkWatch } from './fork-watch.ts'
import { readMessage } from './message.ts'
import type { Neighbourhood } from './neighbourhood.ts'
import type { SessionContext } from './session-context.ts'

/** Between two questions to a random member. */
const antiEntropyMs = 4 * second

/** A maker is asked so often at most, and so many of them at a time: whoever puts a body forward names them as it likes. */
const askMakerAgainMs = 5 * second
const mostMakersAsked = 32

/** A contribution, and who made it. */
export interface Named {
  readonly id: ContributionId
  readonly peer: PeerId
}

export interface NewsParts {
  readonly sync: Sync
  readonly chain: Chain
  readonly forks: ForkWatch
  readonly claims: Claims
  readonly neighbourhood: Neighbourhood
  /** Who votes now. */
  members(): readonly PeerId[]
  /** @param isNamed - by a body, so that it is of use whatever else its peer announced */
  onClaim(claim: KnownClaim, isNamed: boolean): void
}

export class News {
  readonly #context: SessionContext
  readonly #parts: NewsParts
  /** Questions under way, one a peer: whoever asks meanwhile shares the answer. */
  readonly #asking = new Map<PeerId, Promise<void>>()
  /** The last time that a maker was asked for what it made, ms. */
  readonly #askedMakers = new Map<PeerId, number>()

  constructor(context: SessionContext, parts: NewsParts) {
    this.#context = context
    this.#parts = parts
  }

  /** @returns stops it */
  start(): () => void {
    return every(this.#context.clock, antiEntropyMs, () => this.#askSomeone())
  }

  /** Never rejects. */
  ask(peer: PeerId): Promise<void> {
    let answer = this.#asking.get(peer)
    if (answer === undefined) {
      answer = this.#ask(peer).finally(() => this.#asking.delete(peer))
      this.#asking.set(peer, answer)
    }
    return answer
  }

  async #ask(peer: PeerId): Promise<void> {
    const { sync, chain, forks, neighbourhood, claims } = this.#parts
    const { task, signal } = this.#context
    try {
      for (;;) {
        const { round, hash: head } = chain.head
        // From its commit of our head's height on: it may be another than ours.
        const after = Math.max(0, round - 1)
        const known = { round: after, head, claims: claims.digest }
        const question = { want: 'news', task, ...known, ...neighbourhood.introduction(peer) } as const
        const news = await sync.ask(peer, question, signal)
        neighbourhood.membership.counted(peer, news.contributors)
        neighbourhood.introduced(news.presences)
        if (round > 0) await forks.look(peer, news.commits)
        if (news.commits.length > 0) await chain.extend(news.commits)
        for (const envelope of news.claims) this.#hear(envelope)
        // An answer has room for some; who was away long asks until there is no more.
        if (chain.head.round < round + 2) return
      }
    } catch {
      // It may not know the task, or be gone: someone else is asked next.
    }
  }

  /**
   * Asks the other members, and whoever made them, for those of these contributions that were not heard of here. A member forgets when
   * it dies what its log does not keep, and it may have put forward what was replaced since; who made it remembers. Never rejects.
   * @returns when all were heard of, or nobody is left to answer
   */
  async hear(named: readonly Named[]): Promise<void> {
    const { claims, neighbourhood, members } = this.#parts
    const unheard = () => named.filter(({ id }) => claims.find(id) === undefined)
    const missing = unheard()
    if (missing.length === 0) return
    const others = members().filter((peer) => neighbourhood.connected.has(peer))
    const questions = [
      ...others.map((peer) => this.#askFor(missing, peer)),
      ...this.#makersOf(missing).map(([peer, made]) => this.#askFor(made, peer)),
    ]
    const allHeard = new Promise<void>((resolve) => {
      for (const question of questions) void question.then(() => unheard().length === 0 && resolve())
    })
    // One that says nothing keeps nobody waiting for what another said at once.
    await Promise.race([allHeard, Promise.all(questions)])
  }

  /** Whom to ask for what it made: who takes part, votes not, and was not asked just now. */
  #makersOf(missing: readonly Named[]): (readonly [PeerId, readonly Named[]])[] {
    const now = this.#context.clock.now()
    const members = new Set([this.#context.identity.peerId, ...this.#parts.members()])
    for (const [peer, at] of this.#askedMakers) if (now - at >= askMakerAgainMs) this.#askedMakers.delete(peer)
    const asked = [...Map.groupBy(missing, ({ peer }) => peer)].filter(([peer]) => {
      const takesPart = this.#parts.neighbourhood.membership.get(peer) !== undefined
      return takesPart && !members.has(peer) && !this.#askedMakers.has(peer)
    })
    const first = asked.slice(0, mostMakersAsked)
    for (const [peer] of first) this.#askedMakers.set(peer, now)
    return first
  }

  async #askFor(named: readonly Named[], peer: PeerId): Promise<void> {
    const { task, signal } = this.#context
    const ids = named.map(({ id }) => id)
    const wanted = new Set(ids)
    try {
      const answer = await this.#parts.sync.ask(peer, { want: 'contributions', task, ids }, signal)
      // No more than was asked for: each costs a signature.
      for (const envelope of answer.claims.slice(0, ids.length)) this.#hear(envelope, wanted)
    } catch {
      // Someone else may know them, or the same peer when it is asked again.
    }
  }

  /** @param named - the ones that are wanted; whatever it is, when absent */
  #hear(envelope: Uint8Array, named?: ReadonlySet<ContributionId>): void {
    const message = readMessage(envelope, this.#context.task)
    if (message.type !== 'contribution' || named?.has(message.id) === false) return
    this.#parts.onClaim({ id: message.id, contribution: message.value, envelope }, named !== undefined)
  }

  #askSomeone(): void {
    const { membership, connected } = this.#parts.neighbourhood
    const asked = [...connected].filter((peer) => membership.get(peer) !== undefined)
    if (asked.length > 0) void this.ask(asked[this.#context.random.integer(asked.length)]!)
  }
}
