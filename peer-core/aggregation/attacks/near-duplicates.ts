/**
 * Sybils: one adversary under many names. Their deltas differ just enough not to be the same bytes.
 *
 * Douceur, "The Sybil Attack", IPTPS 2002. Rules that reward agreement (Krum, nearest neighbours) are the ones it aims at.
 * @module
 */
import { seededRandom } from '../../foundation/index.ts'
import type { Attack } from './attack.ts'

/**
 * @param base - what the one adversary wants to send
 * @param jitter - relative size of the difference between two of its names
 */
export function nearDuplicates(base: Attack, jitter = 1e-4): Attack {
  return (view) =>
    base(view).map((_, liar, [first]) => {
      const random = seededRandom(`${view.seed}/sybil/${view.round}/${liar}`)
      return first!.map((x) => x * (1 + jitter * (2 * random.next() - 1)))
    })
}
