/** The same scenario with more devices, or fewer. @module */
import { SimulationError } from '../errors.ts'
import { checkScenario } from './read.ts'
import type { Scenario } from './schema.ts'

/**
 * Each population keeps its share of the devices, one at least, and those that come and go come in proportion. Seeds stay as
 * many, and so does the cohort: a round's work does not grow with the crowd.
 *
 * @param devices - over all populations
 * @throws {@link SimulationError} `BAD_SIZE` where they are too many for a field, or too few
 */
export function resized(scenario: Scenario, devices: number): Scenario {
  const before = scenario.population.reduce((sum, { count }) => sum + count, 0)
  const factor = devices / before
  const scaled = (count: number) => Math.max(1, Math.round(count * factor))
  const checked = checkScenario({
    ...scenario,
    population: scenario.population.map(({ arrive, ...crowd }) => ({
      ...crowd,
      count: scaled(crowd.count),
      arrive:
        arrive.kind === 'steady'
          ? { ...arrive, concurrent: scaled(arrive.concurrent) }
          : arrive.kind === 'poisson'
            ? { ...arrive, perMinute: arrive.perMinute * factor }
            : arrive,
    })),
  })
  if ('scenario' in checked) return checked.scenario
  const { field, why } = checked
  throw new SimulationError({ code: 'BAD_SIZE', devices, field }, `${devices} devices: ${field}: ${why}`)
}
