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
  onClaim(claim: KnownClaim): void
}

export class News {
  readonly #context: SessionContext
  readonly #parts: NewsParts
  /** Questions under way, one a peer: whoever asks meanwhile shares the answer. */
  readonly #asking = new Map<PeerId, Promise<void>>()

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
        this.#hear(news.claims)
        // An answer has room for some; who was away long asks until there is no more.
        if (chain.head.round < round + 2) return
      }
    } catch {
      // It may not know the task, or be gone: someone else is asked next.
    }
  }

  /**
   * Asks for those of these contributions that were not heard of here: the other members, and for what those do not know either, whoever
   * made it. A member forgets when it dies what its log does not keep, and it may have put forward what was replaced since; who made
   * it remembers. Never rejects.
   */
  async hear(named: readonly Named[]): Promise<void> {
    const { claims, neighbourhood, members } = this.#parts
    const { connected, membership } = neighbourhood
    const unheard = () => named.filter(({ id }) => claims.find(id) === undefined)
    const missing = unheard()
    if (missing.length === 0) return
    const others = members().filter((peer) => connected.has(peer))
    await Promise.all(others.map((peer) => this.#askFor(missing, peer)))
    const makers = Map.groupBy(unheard(), ({ peer }) => peer)
    const known = [...makers].filter(([peer]) => membership.get(peer) !== undefined)
    await Promise.all(known.map(([peer, made]) => this.#askFor(made, peer)))
  }

  async #askFor(named: readonly Named[], peer: PeerId): Promise<void> {
    const { task, signal } = this.#context
    const ids = named.map(({ id }) => id)
    try {
      const answer = await this.#parts.sync.ask(peer, { want: 'contributions', task, ids }, signal)
      this.#hear(answer.claims)
    } catch {
      // Someone else may know them, or the same peer when it is asked again.
    }
  }

  #hear(envelopes: readonly Uint8Array[]): void {
    for (const envelope of envelopes) {
      const message = readMessage(envelope, this.#context.task)
      if (message.type !== 'contribution') continue
      this.#parts.onClaim({ id: message.id, contribution: message.value, envelope })
    }
  }

  #askSomeone(): void {
    const { membership, connected } = this.#parts.neighbourhood
    const asked = [...connected].filter((peer) => membership.get(peer) !== undefined)
    if (asked.length > 0) void this.ask(asked[this.#context.random.integer(asked.length)]!)
  }
}
