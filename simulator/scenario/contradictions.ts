/** What is wrong with a scenario whose fields are each right by themselves: names that nobody has, and what cannot be together. @module */
import { liarsOf } from './liars-of.ts'
import type { Scenario } from './schema.ts'

export interface Contradiction {
  readonly path: (string | number)[]
  readonly message: string
}

export function contradictionsIn(scenario: Scenario): Contradiction[] {
  return [
    ...inNetwork(scenario),
    ...inNames(scenario),
    ...inPopulation(scenario),
    ...inFaults(scenario),
    ...inAttacks(scenario),
  ]
}

function* inNetwork({ network: { zones, latencyMs } }: Scenario): Generator<Contradiction> {
  if (!Array.isArray(latencyMs)) return
  const square = latencyMs.length === zones.length && latencyMs.every((row) => row.length === zones.length)
  if (square) return
  const message = `expected ${zones.length} rows of ${zones.length} numbers, one for each zone`
  yield { path: ['network', 'latencyMs'], message }
}

/** Faults strike by name, so that zones, populations and seeds must not share one. */
function* inNames({ network: { zones }, population }: Scenario): Generator<Contradiction> {
  const taken = new Set(['seeds', 'everyone', 'everywhere'])
  const named = [
    ...zones.map((name, i) => ({ name, path: ['network', 'zones', i] })),
    ...population.map(({ name }, i) => ({ name, path: ['population', i, 'name'] })),
  ]
  for (const { name, path } of named) {
    if (taken.has(name) || /^seed-\d+$/.test(name)) {
      yield { path, message: `"${name}" is the name of something else already` }
    }
    taken.add(name)
  }
}

function* inPopulation({ network: { zones }, seeds, population }: Scenario): Generator<Contradiction> {
  const places = ['everywhere', ...zones]
  const noZone = (zone: string) => `no zone "${zone}"; expected one of ${quoted(places)}`
  if (!places.includes(seeds.zone)) yield { path: ['seeds', 'zone'], message: noZone(seeds.zone) }
  for (const [i, { zone, arrive, stay, count }] of population.entries()) {
    const path = ['population', i]
    if (!places.includes(zone)) yield { path: [...path, 'zone'], message: noZone(zone) }
    if (arrive.kind !== 'steady') continue
    if (stay.kind === 'forever') {
      yield {
        path: [...path, 'stay', 'kind'],
        message: 'who comes and goes needs a stay: "exponential" or "weibull"',
      }
    }
    // How many are here varies as Poisson says. With room for three deviations 1.6 % at most do not come (Erlang B).
    const needed = Math.ceil(arrive.concurrent + 3 * Math.sqrt(arrive.concurrent))
    if (count < needed) {
      const why = `${arrive.concurrent} at a time are sometimes more, and nobody comes while all are here`
      yield { path: [...path, 'count'], message: `${count}; expected at least ${needed}: ${why}` }
    }
  }
}

function* inFaults({ network, seeds, population, faults, untilSeconds }: Scenario): Generator<Contradiction> {
  const seedNames = Array.from({ length: seeds.count }, (_, i) => `seed-${i}`)
  const ofSeeds = ['seeds', ...seedNames]
  const targets = ['everyone', ...ofSeeds, ...network.zones, ...population.map(({ name }) => name)]
  for (const [i, fault] of faults.entries()) {
    const { kind, who, share, atSeconds } = fault
    const path = ['faults', i]
    if (!targets.includes(who)) {
      yield { path: [...path, 'who'], message: `nobody is "${who}"; expected one of ${quoted(targets)}` }
    }
    if (kind === 'slow' && ofSeeds.includes(who)) {
      const trainers = targets.filter((one) => !ofSeeds.includes(one))
      yield { path: [...path, 'who'], message: `seeds do not train; expected one of ${quoted(trainers)}` }
    }
    // Where somebody else's name is that of all who are here, the fault strikes nobody.
    if (kind === 'partition' && share === 1 && who === 'everyone') {
      const message = `"everyone" is all there are; expected a share below 1, or one of ${quoted(targets.slice(1))}`
      yield { path: [...path, 'who'], message }
    }
    if (kind === 'degrade' && fault.latencyMs === 0 && fault.lossRate === 0 && fault.uplinkKBps === undefined) {
      yield { path, message: 'degrades nothing; expected latencyMs, lossRate or uplinkKBps' }
    }
    if (atSeconds >= untilSeconds) {
      yield { path: [...path, 'atSeconds'], message: `expected less than untilSeconds, ${untilSeconds}` }
    }
  }
}

function* inAttacks({ population, attacks, untilSeconds: end }: Scenario): Generator<Contradiction> {
  const crowds = population.map(({ name }) => name)
  for (const [i, attack] of attacks.entries()) {
    const { who, share, fromSeconds, untilSeconds = Number.POSITIVE_INFINITY } = attack
    const path = ['attacks', i]
    if (who !== undefined && !crowds.includes(who)) {
      yield { path: [...path, 'who'], message: `no population "${who}"; expected one of ${quoted(crowds)}` }
      continue
    }
    const { of, liars } = liarsOf(attack, population)
    if (share > 0 && liars === 0) {
      const one = (1 / of).toPrecision(2)
      yield { path: [...path, 'share'], message: `${share} of ${of} is nobody; expected 0, or ${one} for one of them` }
    }
    if (fromSeconds >= end) {
      yield { path: [...path, 'fromSeconds'], message: `expected less than the scenario's untilSeconds, ${end}` }
    }
    if (untilSeconds <= fromSeconds) {
      yield { path: [...path, 'untilSeconds'], message: `expected more than fromSeconds, ${fromSeconds}` }
    }
  }
  for (const crowd of crowds) {
    const among = attacks.filter(({ who }) => who === undefined || who === crowd)
    const liars = among.reduce((sum, { share }) => sum + share, 0)
    if (liars > 1 + 1e-9) {
      const sum = Number(liars.toPrecision(6))
      yield { path: ['attacks'], message: `the shares among "${crowd}" add up to ${sum}; expected at most 1` }
      return
    }
  }
}

function quoted(names: readonly string[]): string {
  return names.map((one) => `"${one}"`).join(', ')
}
