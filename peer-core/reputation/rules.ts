/**
 * The numbers of reputation as this room uses them: the task's (`wire/reputation-rules.ts`), and what follows from them.
 * @module
 */
import { type ReputationRules, reputationRulesSchema } from '../wire/index.ts'

export type { AdmissionRules, InstitutionRules, ReputationRules } from '../wire/index.ts'

/** The least influence, in thousandths: `1/c`, rounded up so that `c` is kept. */
export function floorOf(rules: ReputationRules): number {
  return Math.ceil(1_000_000 / rules.ratio)
}

/** Every number's default. */
export const defaultRules: ReputationRules = reputationRulesSchema.parse({})

/**
 * What a task gets that says nothing about reputation: anyone comes in for nothing and at once, as among people who know each other. So a
 * new name costs nothing either, and a suspension holds for those only who keep theirs.
 */
export const openRules: ReputationRules = reputationRulesSchema.parse({ foundingRounds: 1_000_000 })
