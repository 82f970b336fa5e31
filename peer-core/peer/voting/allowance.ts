/**
 * How much of each member's a topic carries: a token bucket for every signer (Turner, "New directions in communications", 1986). What a
 * member signs is worth forwarding to everyone, and so a member that signs without end would fill everyone's links and backlogs.
 * What is over an honest member's measure is let go here, and repaired by statuses if it was honest after all.
 * @module
 */
import { type PeerId, second } from '../../foundation/index.ts'

/** All that a member says in forty rounds at once, after a partition. */
export const burst = 128
/** Four times what one says on links of 50 ms (seven commits a second). */
const perSecond = 64

export class Allowance {
  readonly #buckets = new Map<PeerId, { readonly left: number; readonly at: number }>()

  /** @param now - ms. @returns whether the signer has one left; it is spent */
  spend(signer: PeerId, now: number): boolean {
    const { left: before, at } = this.#buckets.get(signer) ?? { left: burst, at: now }
    const left = Math.min(burst, before + (Math.max(0, now - at) / second) * perSecond)
    const isThere = left >= 1
    this.#buckets.set(signer, { left: isThere ? left - 1 : left, at: now })
    return isThere
  }
}
