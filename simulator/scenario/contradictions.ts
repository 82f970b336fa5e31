/** What is wrong with a scenario whose fields are each right by themselves: names that nobody has, and what cannot be together. @module */
import type { Scenario } from './schema.ts'

export interface Contradiction {
  readonly path: (string | number)[]
  readonly message: string
}

export function contradictionsIn(scenario: Scenario): Contradiction[] {
  return [...inNetwork(scenario), ...inPopulation(scenario), ...inFaults(scenario), ...inAttacks(scenario)]
}

function* inNetwork({ network: { zones, latencyMs } }: Scenario): Generator<Contradiction> {
  if (!Array.isArray(latencyMs)) return
  const square = latencyMs.length === zones.length && latencyMs.every((row) => row.length === zones.length)
  if (square) return
  const message = `expected ${zones.length} rows of ${zones.length} numbers, one for each zone`
  yield { path: ['network', 'latencyMs'], message }
}

function* inPopulation({ network: { zones }, seeds, population }: Scenario): Generator<Contradiction> {
  const places = ['everywhere', ...zones]
  const noZone = (zone: string) => `no zone "${zone}"; expected one of ${quoted(places)}`
  if (!places.includes(seeds.zone)) yield { path: ['seeds', 'zone'], message: noZone(seeds.zone) }
  const taken = new Set(['seed', 'seeds', 'everyone', ...places])
  for (const [i, { name, zone, arrive, stay, count }] of population.entries()) {
    const path = ['population', i]
    if (taken.has(name)) yield { path: [...path, 'name'], message: `"${name}" is the name of something else already` }
    taken.add(name)
    if (!places.includes(zone)) yield { path: [...path, 'zone'], message: noZone(zone) }
    if (arrive.kind !== 'steady') continue
    if (stay.kind === 'forever') {
      yield {
        path: [...path, 'stay', 'kind'],
        message: 'who comes and goes needs a stay: "exponential" or "weibull"',
      }
    }
    if (arrive.concurrent > count) {
      yield { path: [...path, 'arrive', 'concurrent'], message: `expected at most count, ${count}` }
    }
  }
}

function* inFaults({ network, seeds, population, faults, untilSeconds }: Scenario): Generator<Contradiction> {
  const seedNames = Array.from({ length: seeds.count }, (_, i) => `seed-${i}`)
  const targets = ['everyone', 'seeds', ...seedNames, ...network.zones, ...population.map(({ name }) => name)]
  for (const [i, { who, atSeconds }] of faults.entries()) {
    const path = ['faults', i]
    if (!targets.includes(who)) {
      yield { path: [...path, 'who'], message: `nobody is "${who}"; expected one of ${quoted(targets)}` }
    }
    if (atSeconds >= untilSeconds) {
      yield { path: [...path, 'atSeconds'], message: `expected less than untilSeconds, ${untilSeconds}` }
    }
  }
}

function* inAttacks({ population, attacks }: Scenario): Generator<Contradiction> {
  const crowds = population.map(({ name }) => name)
  for (const [i, { who }] of attacks.entries()) {
    if (who === undefined || crowds.includes(who)) continue
    yield { path: ['attacks', i, 'who'], message: `no population "${who}"; expected one of ${quoted(crowds)}` }
  }
  for (const crowd of crowds) {
    const among = attacks.filter(({ who }) => who === undefined || who === crowd)
    const liars = among.reduce((sum, { share }) => sum + share, 0)
    if (liars > 1) {
      yield { path: ['attacks'], message: `the shares among "${crowd}" add up to ${liars}; expected at most 1` }
      return
    }
  }
}

function quoted(names: readonly string[]): string {
  return names.map((one) => `"${one}"`).join(', ')
}
