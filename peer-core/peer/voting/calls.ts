/**
 * Whether others are at a height that this member has not opened. More than a third of the power must be there, so that one of
 * them is honest and had its round closed: a member alone, the first proposer too, would have everyone judge its body, and run
 * through rounds and their growing timeouts, while the round is still collected.
 *
 * Statuses count as statements do. Whoever waits for a missing quorum has said all that it had to say, and goes on saying where it is.
 * @module
 */
import { type Committee, holdsHonest } from '../../consensus/index.ts'
import type { PeerId } from '../../foundation/index.ts'

export class Calls {
  #height = 0
  readonly #callers = new Set<PeerId>()

  /**
   * @param height - that the member says it is at: the one after the head
   * @param committee - of that height
   */
  isCalled(height: number, member: PeerId, committee: Committee): boolean {
    if (height !== this.#height) this.#callers.clear()
    this.#height = height
    if (committee.indexOf.has(member)) this.#callers.add(member)
    const power = committee.members.reduce((sum, { peer, power }) => sum + (this.#callers.has(peer) ? power : 0), 0)
    return holdsHonest(power, committee.total)
  }
}
