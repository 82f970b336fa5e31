/** Scenarios by name, and examples of what a file may say. @module */
import { SimulationError } from '../errors.ts'
import { type Scenario, type ScenarioInput, scenarioSchema } from './schema.ts'

export const presets = {
  home: {
    name: 'home',
    description: 'Ten devices of one household and its friends, one of them a seed node; one sends nonsense.',
    untilSeconds: 180,
    population: [{ name: 'devices', count: 9, msPerStep: { median: 60, spread: 1.6 } }],
    attacks: [{ attack: 'sign-flip', share: 0.12, fromSeconds: 60 }],
    promise: { rounds: 10, accuracy: 0.7, honestRejected: 0.05 },
  },
  campus: {
    name: 'campus',
    description: 'Two hundred students come and go between lectures; a building loses its link for a minute.',
    untilSeconds: 300,
    network: { zones: ['library', 'labs', 'dorms'], latencyMs: 8, jitterMs: 6, lossRate: 0.01 },
    seeds: { count: 4 },
    population: [
      { name: 'laptops', count: 120, stay: { kind: 'weibull', meanSeconds: 900, shape: 0.6 } },
      {
        name: 'phones',
        count: 80,
        msPerStep: { median: 120, spread: 2 },
        stay: { kind: 'exponential', meanSeconds: 240 },
      },
    ],
    cohort: 48,
    attacks: [{ attack: 'alie', share: 0.1 }],
    faults: [{ kind: 'partition', atSeconds: 120, forSeconds: 60, who: 'dorms' }],
    promise: { rounds: 12, accuracy: 0.75, recoverySeconds: 60 },
  },
  consortium: {
    name: 'consortium',
    description: 'Four institutions, a seed node and three machines each, unlike data; one institution goes dark.',
    untilSeconds: 600,
    network: {
      zones: ['basel', 'geneva', 'lausanne', 'zurich'],
      latencyMs: [
        [1, 9, 8, 5],
        [9, 1, 4, 12],
        [8, 4, 1, 10],
        [5, 12, 10, 1],
      ],
      jitterMs: 1,
    },
    seeds: { count: 4 },
    population: [{ name: 'machines', count: 12, tier: 'server', msPerStep: { median: 150, spread: 1.1 } }],
    data: { split: 'dirichlet', alpha: 0.3 },
    faults: [{ kind: 'partition', atSeconds: 200, forSeconds: 120, who: 'geneva' }],
    promise: { rounds: 30, accuracy: 0.7, recoverySeconds: 40 },
  },
  embed: {
    name: 'embed',
    description: 'A widget on a news page: five thousand visitors of a minute each, phones and laptops.',
    untilSeconds: 600,
    network: { zones: ['eu', 'us'], latencyMs: 60, jitterMs: 20, lossRate: 0.01 },
    seeds: { count: 4 },
    population: [
      {
        name: 'visitors',
        count: 5_000,
        msPerStep: { median: 80, spread: 2.5 },
        arrive: { kind: 'poisson', perMinute: 90 },
        stay: { kind: 'weibull', meanSeconds: 60, shape: 0.7 },
        crashShare: 0.8,
      },
    ],
    cohort: 48,
    promise: { rounds: 12, accuracy: 0.7 },
  },
  continents: {
    name: 'continents',
    description: 'A thousand devices in three regions; a region is cut off for a minute, and liars are everywhere.',
    untilSeconds: 240,
    network: {
      zones: ['americas', 'europe', 'asia'],
      latencyMs: [
        [30, 55, 110],
        [55, 20, 95],
        [110, 95, 35],
      ],
      jitterMs: 15,
      lossRate: 0.01,
    },
    seeds: { count: 7 },
    population: [
      { name: 'devices', count: 950, arrive: { kind: 'at-start', withinSeconds: 20 } },
      { name: 'edge-servers', count: 50, tier: 'server', arrive: { kind: 'at-start', withinSeconds: 5 } },
    ],
    cohort: 64,
    attacks: [{ attack: 'ipm', share: 0.15 }],
    faults: [{ kind: 'partition', atSeconds: 120, forSeconds: 60, who: 'asia' }],
    promise: { rounds: 8, accuracy: 0.7, recoverySeconds: 60 },
  },
  million: {
    name: 'million',
    description:
      'A million phones and laptops in five regions, ten thousand of them here at a time, and a thousand edge servers. ' +
      'A sample of them runs the whole protocol and takes turns; the sessions and bytes of the rest are modelled.',
    untilSeconds: 150,
    network: {
      zones: ['americas', 'europe', 'africa', 'asia', 'oceania'],
      latencyMs: [
        [30, 55, 95, 110, 85],
        [55, 20, 60, 95, 140],
        [95, 60, 40, 105, 150],
        [110, 95, 105, 35, 70],
        [85, 140, 150, 70, 25],
      ],
      jitterMs: 15,
      lossRate: 0.01,
    },
    seeds: { count: 7 },
    population: [
      {
        name: 'devices',
        count: 1_000_000,
        msPerStep: { median: 80, spread: 2 },
        arrive: { kind: 'steady', concurrent: 10_000 },
        stay: { kind: 'weibull', meanSeconds: 240, shape: 0.7 },
      },
      { name: 'edge-servers', count: 1_000, tier: 'server', arrive: { kind: 'at-start', withinSeconds: 10 } },
    ],
    task: { round: { deadlineMs: 8_000, fetchMs: 3_000 } },
    cohort: 32,
    fullPeers: 72,
    attacks: [{ attack: 'alie', share: 0.1 }],
    faults: [{ kind: 'partition', atSeconds: 60, forSeconds: 60, who: 'asia' }],
    promise: { rounds: 8, accuracy: 0.6, recoverySeconds: 30 },
  },
} as const satisfies Record<string, ScenarioInput>

export type PresetName = keyof typeof presets
export const presetNames = Object.keys(presets) as PresetName[]

/** @throws {@link SimulationError} `UNKNOWN_SCENARIO` */
export function presetScenario(name: string): Scenario {
  if (!Object.hasOwn(presets, name)) {
    const known = presetNames.join(', ')
    throw new SimulationError(
      { code: 'UNKNOWN_SCENARIO', name },
      `no scenario "${name}"; expected one of ${known}, or a file such as ./mine.json`,
    )
  }
  return scenarioSchema.parse(presets[name as PresetName])
}
