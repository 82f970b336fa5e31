/**
 * What can be wrong with what is asked of this room.
 * @module
 */
import { ZenError } from '../foundation/index.ts'

export type AggregationFault =
  | { code: 'NO_CONTRIBUTIONS' }
  | {
      code: 'LENGTH_MISMATCH'
      what: 'contribution' | 'reference' | 'weights'
      expected: number
      actual: number
      at?: number
    }
  | { code: 'NON_FINITE'; what: 'contribution' | 'reference'; at?: number; coordinate: number; value: number }
  | { code: 'BAD_WEIGHT'; at: number; weight: number }
  | { code: 'BAD_BYZANTINE_WEIGHT'; byzantineWeight: number }
  /** `2·byzantineWeight < total` does not hold */
  | { code: 'NOT_ENOUGH_WEIGHT'; total: number; byzantineWeight: number; at: string }
  | { code: 'TOO_FEW_CONTRIBUTIONS'; rule: string; needs: number; actual: number; byzantine: number }
  /** an exhaustive rule would have to look at more subsets than anyone waits for */
  | { code: 'TOO_MANY_CONTRIBUTIONS'; rule: string; subsets: number; limit: number }
  /** a rule with a trusted direction was given none */
  | { code: 'REFERENCE_NEEDED'; rule: string }
  | { code: 'UNKNOWN_RULE'; rule: string; known: string }
  | { code: 'BAD_PARAMETERS'; rule: string; problem: string }
  | { code: 'BAD_PIPELINE'; problem: string }

export class AggregationError extends ZenError<AggregationFault> {}
