/**
 * Whether others are at a height that this member has not opened. One statement alone is no reason to open it: a member that
 * signs something at once would have all of them run through their rounds, and their growing timeouts, while the round is still
 * collected.
 * @module
 */
import { type Committee, holdsHonest, proposerOf, type SignedMessage } from '../../consensus/index.ts'
import type { PeerId } from '../../foundation/index.ts'

export class Calls {
  #height = 0
  readonly #callers = new Set<PeerId>()

  /**
   * @param statement - admitted, of the height after the head
   * @param committee - of that height
   * @returns whether an honest member is there, or its first proposer put something forward
   */
  isCalled(statement: Pick<SignedMessage, 'type' | 'height' | 'round' | 'member'>, committee: Committee): boolean {
    const { type, height, round, member } = statement
    if (type === 'proposal' && round === 0 && proposerOf(committee, height, 0) === member) return true
    if (height !== this.#height) this.#callers.clear()
    this.#height = height
    this.#callers.add(member)
    const power = committee.members.reduce((sum, { peer, power }) => sum + (this.#callers.has(peer) ? power : 0), 0)
    return holdsHonest(power, committee.total)
  }
}
