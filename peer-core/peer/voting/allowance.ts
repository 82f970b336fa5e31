/**
 * How much a topic carries of each peer: a token bucket (Turner, "New directions in communications", 1986). What a member signs is worth
 * forwarding to everyone, and so a member that signs without end would fill everyone's links and backlogs. What is over an honest
 * member's measure is let go here: statuses repair lost votes, and evidence is named by whoever saw the offence itself.
 * @module
 */
import { type PeerId, second } from '../../foundation/index.ts'

/** All that a member says in forty rounds at once, after a partition. */
export const burst = 128
/** Four times what one says on links of 50 ms (seven commits a second). */
const perSecond = 64
/** Peers that are remembered: those that spent last. */
const mostPeers = 4_096

export class Allowance {
  readonly #buckets = new Map<PeerId, { readonly left: number; readonly at: number }>()

  /** @param now - ms. @returns whether the peer has one left; it is spent */
  spend(peer: PeerId, now: number): boolean {
    const { left: before, at } = this.#buckets.get(peer) ?? { left: burst, at: now }
    const left = Math.min(burst, before + (Math.max(0, now - at) / second) * perSecond)
    const isThere = left >= 1
    this.#buckets.delete(peer)
    this.#buckets.set(peer, { left: isThere ? left - 1 : left, at: now })
    if (this.#buckets.size > mostPeers) this.#buckets.delete(this.#buckets.keys().next().value!)
    return isThere
  }
}
