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

/** For contributions that this peer has not heard of, each member is asked so often at most. */
const askAgainMs = second
/** Between two questions to a random member. */
const antiEntropyMs = 4 * second

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
  /** Questions under way, one a peer of each kind: whoever asks meanwhile shares the answer. */
  readonly #asking: Record<'news' | 'everything', Map<PeerId, Promise<void>>> = {
    news: new Map(),
    everything: new Map(),
  }
  /** The last time that everything was asked of a peer, ms. */
  readonly #askedAll = new Map<PeerId, number>()

  constructor(context: SessionContext, parts: NewsParts) {
    this.#context = context
    this.#parts = parts
  }

  /** @returns stops it */
  start(): () => void {
    return every(this.#context.clock, antiEntropyMs, () => this.#askSomeone())
  }

  /**
   * Never rejects.
   * @param everything - also contributions that were replaced since, of which the peer may know more than we do
   */
  ask(peer: PeerId, everything = false): Promise<void> {
    const asking = this.#asking[everything ? 'everything' : 'news']
    let answer = asking.get(peer)
    if (answer === undefined) {
      answer = this.#ask(peer, everything).finally(() => asking.delete(peer))
      asking.set(peer, answer)
    }
    return answer
  }

  async #ask(peer: PeerId, everything: boolean): Promise<void> {
    const { sync, chain, forks, neighbourhood, claims } = this.#parts
    const { task, signal } = this.#context
    try {
      for (;;) {
        const { round, hash: head } = chain.head
        const known = everything ? { head } : { head, claims: claims.digest }
        // From its commit of our head's height on: it may be another than ours.
        const after = Math.max(0, round - 1)
        const question = { want: 'news', task, round: after, ...known, ...neighbourhood.introduction(peer) } as const
        const news = await sync.ask(peer, question, signal)
        neighbourhood.membership.counted(peer, news.contributors)
        neighbourhood.introduced(news.presences)
        if (round > 0) await forks.look(peer, news.commits)
        if (news.commits.length > 0) await chain.extend(news.commits)
        for (const envelope of news.claims) {
          const message = readMessage(envelope, task)
          if (message.type !== 'contribution') continue
          this.#parts.onClaim({ id: message.id, contribution: message.value, envelope })
        }
        // An answer has room for some; who was away long asks until there is no more.
        if (chain.head.round < round + 2) return
      }
    } catch {
      // It may not know the task, or be gone: someone else is asked next.
    }
  }

  /** The claim with this id, asked of the other members when we have not heard it. */
  async claim(id: ContributionId): Promise<KnownClaim | undefined> {
    const { claims, neighbourhood, members } = this.#parts
    const known = claims.find(id)
    if (known !== undefined) return known
    const connected = members().filter((peer) => neighbourhood.connected.has(peer))
    await Promise.all(connected.map((peer) => this.#askAll(peer)))
    return claims.find(id)
  }

  /** A body may name many contributions that nobody has: one question is for all of them. */
  async #askAll(peer: PeerId): Promise<void> {
    const now = this.#context.clock.now()
    const last = this.#askedAll.get(peer)
    if (last === undefined || now - last >= askAgainMs) this.#askedAll.set(peer, now)
    else if (!this.#asking.everything.has(peer)) return
    await this.ask(peer, true)
  }

  #askSomeone(): void {
    const { membership, connected } = this.#parts.neighbourhood
    const asked = [...connected].filter((peer) => membership.get(peer) !== undefined)
    if (asked.length > 0) void this.ask(asked[this.#context.random.integer(asked.length)]!)
  }
}
