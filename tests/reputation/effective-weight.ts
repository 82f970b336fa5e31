import type { PeerId } from '../../peer-core/index.ts'
import {
  mayContribute,
  type ReputationRules,
  type ReputationState,
  weightOf,
} from '../../peer-core/reputation/index.ts'

/** What a peer's work weighs in the coming round: nothing where it is not taken. In thousandths. */
export function effectiveWeightOf(state: ReputationState, peer: PeerId, rules: ReputationRules): number {
  return mayContribute(state, peer, rules) ? weightOf(state, peer) : 0
}
