/** What the simulator's bench plays. @module */
import { type Scenario, scenarioSchema } from '../../../simulator/index.ts'

/** Peers of the sizes that are measured. */
export const sizes = [100, 300, 1_000, 10_000]
export const arriveWithinSeconds = 6
const crashAtSeconds = 12
const untilSeconds = 30
/** Ten thousand are played until at least two rounds are over after the last arrival: what follows costs as much as what went before. */
const mostWithCrash = 3_000
const settledAtSeconds = 13

/** The same for every size: all arrive within six seconds, 16 train in a round, all follow; then a seed of four dies. */
export function scenarioOf(peers: number): Scenario {
  const crashes = peers <= mostWithCrash
  return scenarioSchema.parse({
    untilSeconds: crashes ? untilSeconds : settledAtSeconds,
    seeds: { count: 4 },
    cohort: 16,
    population: [
      {
        name: 'devices',
        count: peers - 4,
        msPerStep: { median: 30, spread: 1.2 },
        arrive: { kind: 'at-start', withinSeconds: arriveWithinSeconds },
      },
    ],
    faults: crashes ? [{ kind: 'leave', atSeconds: crashAtSeconds, who: 'seed-0' }] : [],
    task: { round: { deadlineMs: 5_000, fetchMs: 1_500 } },
    sampleSeconds: 0.5,
  })
}
