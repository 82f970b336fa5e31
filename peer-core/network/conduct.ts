/**
 * How a neighbour behaves as a carrier of messages, as two counters, and one number of them: new messages that were worth
 * something, and messages that no honest peer forwards.
 *
 * The counters are gossipsub v1.1's P₂ (first deliveries, linear, capped) and P₄ (invalid messages, squared, negative):
 * {@link https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#the-score-function}.
 * @module
 */

export interface Conduct {
  readonly delivered: number
  readonly invalid: number
}

export interface ConductRules {
  readonly topicWeight: number
  /** `decay`: what is left of a counter after an interval */
  readonly delivered: { readonly weight: number; readonly decay: number; readonly cap: number }
  readonly invalid: { readonly weight: number; readonly decay: number }
}

/** below this a counter is nothing (gossipsub's `decayToZero`) */
const negligible = 0.01

export const unknownConduct: Conduct = { delivered: 0, invalid: 0 }

/** It was the first to hand over a message that was accepted. */
export function delivered(conduct: Conduct, rules: ConductRules): Conduct {
  return { ...conduct, delivered: Math.min(conduct.delivered + 1, rules.delivered.cap) }
}

/** It handed over a message that it should have refused. */
export function refused(conduct: Conduct): Conduct {
  return { ...conduct, invalid: conduct.invalid + 1 }
}

/** Old conduct counts less and less, good and bad. */
export function decayed(conduct: Conduct, rules: ConductRules, intervals = 1): Conduct {
  const less = (counter: number, decay: number) => {
    const left = counter * decay ** intervals
    return left < negligible ? 0 : left
  }
  return {
    delivered: less(conduct.delivered, rules.delivered.decay),
    invalid: less(conduct.invalid, rules.invalid.decay),
  }
}

export function scoreOf(conduct: Conduct, rules: ConductRules): number {
  const { topicWeight, delivered, invalid } = rules
  return topicWeight * (delivered.weight * conduct.delivered + invalid.weight * conduct.invalid ** 2)
}
