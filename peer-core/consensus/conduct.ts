/**
 * Counts how a peer behaves on the consensus topic, and makes one number of it: useful messages that it was the first to
 * hand over, and messages that no honest peer sends.
 *
 * The counters are gossipsub v1.1's P₂ (first deliveries, linear, capped) and P₄ (invalid messages, squared, negative):
 * {@link https://github.com/libp2p/specs/blob/master/pubsub/gossipsub/gossipsub-v1.1.md#the-score-function}. The number goes to the
 * transport score (gossipsub's `appSpecificScore`) and never to voting power.
 * @module
 */
import { type AdmissionFault, blameOf } from './admission.ts'

export interface Conduct {
  readonly delivered: number
  readonly invalid: number
}

export interface ConductRules {
  /** for the whole topic */
  readonly topicWeight: number
  readonly delivered: { readonly weight: number; readonly decay: number; readonly cap: number }
  readonly invalid: { readonly weight: number; readonly decay: number }
}

export const defaultConductRules: ConductRules = {
  topicWeight: 1,
  delivered: { weight: 1, decay: 0.9, cap: 50 },
  invalid: { weight: -10, decay: 0.9 },
}

/** below this a counter is nothing (gossipsub's `decayToZero`) */
const negligible = 0.01

export const unknownConduct: Conduct = { delivered: 0, invalid: 0 }

/** It handed over a message that was admitted and new. */
export function delivered(conduct: Conduct, rules: ConductRules): Conduct {
  return { ...conduct, delivered: Math.min(conduct.delivered + 1, rules.delivered.cap) }
}

/** It handed over a message that was refused; a peer that is slow or was restarted is not blamed. */
export function refused(conduct: Conduct, fault: AdmissionFault): Conduct {
  return blameOf(fault) === 'reject' ? { ...conduct, invalid: conduct.invalid + 1 } : conduct
}

/** Once an interval: old conduct counts less and less, good and bad. */
export function decayed(conduct: Conduct, rules: ConductRules): Conduct {
  const less = (counter: number, decay: number) => (counter * decay < negligible ? 0 : counter * decay)
  return {
    delivered: less(conduct.delivered, rules.delivered.decay),
    invalid: less(conduct.invalid, rules.invalid.decay),
  }
}

export function scoreOf(conduct: Conduct, rules: ConductRules): number {
  const { topicWeight, delivered, invalid } = rules
  return topicWeight * (delivered.weight * conduct.delivered + invalid.weight * conduct.invalid ** 2)
}
