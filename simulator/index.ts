/**
 * A whole network from one seed: production peers on a memory network under a virtual clock, deterministic to the byte.
 * @module
 */

export { bytesInWords } from './bytes-in-words.ts'
export { readDuration } from './duration.ts'
export * from './errors.ts'
export { logSlope } from './log-slope.ts'
export { presetNames, presetScenario } from './scenario/presets.ts'
export { readScenario } from './scenario/read.ts'
export { resized } from './scenario/resize.ts'
export { type Scenario, type ScenarioInput, scenarioSchema } from './scenario/schema.ts'
export { shareInFull } from './scenario/share-in-full.ts'
export * from './simulate.ts'
export { type Growth, type GrowthPoint, growthMeasures, growthOf, growthPoint, sentAt } from './transcript/growth.ts'
export type { Line } from './transcript/lines.ts'
export { readTranscript } from './transcript/read.ts'
export { brokenPromises, type Summary, summarise, type Verdict, verdictOf } from './transcript/summary.ts'
export { createTally, type Tally } from './transcript/tally.ts'
