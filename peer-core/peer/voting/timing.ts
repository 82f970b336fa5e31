/** How long a committee waits for each step of a round, from what the task says of rounds. @module */
import type { Timing } from '../../consensus/index.ts'
import { second } from '../../foundation/index.ts'
import type { RoundRules } from '../../wire/index.ts'

/** Without what the task leaves to fetching, recomputation has this long. */
const recomputeMs = 5 * second

/** A proposal is waited for as long as fetching its contributions may take. */
export function timingOf({ fetchMs }: RoundRules): Timing {
  return {
    propose: { base: fetchMs + recomputeMs, perRound: 2 * second },
    prevote: { base: second, perRound: second / 2 },
    precommit: { base: second, perRound: second / 2 },
    gossip: second,
    precision: { base: 30 * second, perRound: 30 * second },
    messageDelay: { base: 15 * second, perRound: 5 * second },
  }
}
