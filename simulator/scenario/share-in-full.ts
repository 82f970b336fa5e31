/** How many of a scenario's devices run the whole protocol; the rest is modelled. @module */
import type { Crowd, Scenario } from './schema.ts'

/** Of the sessions, in [0, 1]: 1 where no more devices are expected at a time than the scenario's `fullPeers`. */
export function shareInFull({ population, fullPeers }: Scenario): number {
  return Math.min(1, fullPeers / population.reduce((sum, crowd) => sum + concurrentOf(crowd), 0))
}

function concurrentOf({ arrive, stay, count }: Crowd): number {
  if (arrive.kind === 'steady') return arrive.concurrent
  if (arrive.kind === 'at-start' || stay.kind === 'forever') return count
  return Math.min(count, (arrive.perMinute / 60) * stay.meanSeconds)
}
