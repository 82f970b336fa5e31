import { type Scenario, scenarioSchema } from '../../../simulator/index.ts'

/**
 * One whose outcome does not hang on who is quicker: a round is committed once all eight honest devices have contributed, and
 * the liar is always the first. The deadline leaves processes the time to start: who waits too long for a commit mixes with its
 * neighbours and contributes something else.
 */
export const agreed: Scenario = scenarioSchema.parse({
  name: 'agreement',
  untilSeconds: 60,
  population: [
    { name: 'devices', count: 8, msPerStep: { median: 60, spread: 1 }, nat: { open: 1 } },
    { name: 'liar', count: 1, msPerStep: { median: 5, spread: 1 }, nat: { open: 1 } },
  ],
  attacks: [{ attack: 'nan', who: 'liar', share: 1 }],
  task: { round: { deadlineMs: 120_000, fetchMs: 5_000, minimumContributions: 8 } },
})
export const agreedSeed = 4
export const agreedRounds = 4

/** What both worlds must agree on of a round. */
export interface AgreedRound {
  readonly round: number
  readonly model: string
  readonly contributors: readonly string[]
  readonly rejected: Readonly<Record<string, string>>
}
