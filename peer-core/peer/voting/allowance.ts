/**
 * How much is taken from each peer: a token bucket (Turner, "New directions in communications", 1986). What a member signs is worth
 * forwarding to everyone, and so a member that signs without end would fill everyone's links and backlogs. What is over an honest
 * member's measure is let go here: statuses repair lost votes, and evidence is named by whoever saw the offence itself.
 * @module
 */
import { type PeerId, second } from '../../foundation/index.ts'

export interface Measure {
  /** at once */
  readonly burst: number
  readonly perSecond: number
}

/**
 * On a topic: all that a member says in forty rounds at once, after a partition, and four times what one says on links of 50 ms
 * (seven commits a second).
 */
export const topicMeasure: Measure = { burst: 128, perSecond: 64 }
/** From member to member: two whole deliveries (direct.ts), and as much as answers two statuses a second with all of two rounds of the largest committee. */
export const directMeasure: Measure = { burst: 512, perSecond: 256 }
/** Peers that are remembered: those that spent last. */
const mostPeers = 4_096

export class Allowance {
  readonly #measure: Measure
  readonly #buckets = new Map<PeerId, { readonly left: number; readonly at: number }>()

  constructor(measure: Measure) {
    this.#measure = measure
  }

  /** @param now - ms. @returns whether the peer has one left; it is spent */
  spend(peer: PeerId, now: number): boolean {
    const { burst, perSecond } = this.#measure
    const { left: before, at } = this.#buckets.get(peer) ?? { left: burst, at: now }
    const left = Math.min(burst, before + (Math.max(0, now - at) / second) * perSecond)
    const isThere = left >= 1
    this.#buckets.delete(peer)
    this.#buckets.set(peer, { left: isThere ? left - 1 : left, at: now })
    if (this.#buckets.size > mostPeers) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isThere
  }
}
