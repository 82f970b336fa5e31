import { describe, expect, it } from 'vitest'
import {
  createTally,
  growthOf,
  growthPoint,
  resized,
  scenarioSchema,
  summarise,
  type Tally,
} from '../../simulator/index.ts'
import { scenarioOf as benchScenario, sizes } from '../bench/simulator/scenario.ts'

const scenario = scenarioSchema.parse({
  population: [
    { name: 'laptops', count: 30, arrive: { kind: 'at-start', withinSeconds: 4 } },
    { name: 'phones', count: 10, arrive: { kind: 'poisson', perMinute: 60 } },
  ],
  faults: [{ kind: 'leave', atSeconds: 20, who: 'seed-0' }],
})

/** A commit each five seconds, a sample each two; each of ten peers sends ten messages of 100 bytes a second from 4 s on. */
function played(commits: readonly number[], until: number): Tally {
  const tally = createTally()
  tally.add({ kind: 'scenario', seed: 1, version: '0', scenario })
  const lines = commits.map((t, i) => ({ t, kind: 'commit', round: i + 1, contributors: [], rejected: {} }) as never)
  const samples = Array.from({ length: until / 2_000 }, (_, i) => {
    const t = 2_000 * (i + 1)
    const messages = 1_000 + 100 * (t / 1_000)
    return { t, kind: 'sample', present: 10, messages, bytes: 100 * messages, stored: 600 } as never
  })
  for (const line of [...lines, ...samples].sort((a: { t: number }, b: { t: number }) => a.t - b.t)) tally.add(line)
  return tally
}

describe('growthPoint', () => {
  it('counts whole rounds between the arrivals and the first fault, and the longest one after it', () => {
    const point = growthPoint(played([3_000, 7_000, 12_000, 17_000, 26_000, 31_000], 34_000))
    expect(point).toMatchObject({ peers: 10, storedPerRound: 100, recoverySeconds: 9 })
    expect(point!.messagesPerPeerRound).toBeCloseTo(50, 9)
    expect(point!.bytesPerPeerRound).toBeCloseTo(5_000, 9)
  })

  it('counts a commit that is still waited for as long as it was', () => {
    expect(growthPoint(played([7_000, 12_000], 34_000))!.recoverySeconds).toBe(22)
  })

  it('is of a run as long as any', () => {
    const commits = Array.from({ length: 130_000 }, (_, i) => 2_000 * (i + 1))
    const long = played(commits, commits.at(-1)!)
    expect(growthPoint(long)).toMatchObject({ peers: 10, recoverySeconds: 2 })
    expect(summarise(long)).toMatchObject({ rounds: commits.length, longestRoundSeconds: 2 })
  })

  it('is none without two commits before the first fault', () => {
    expect(growthPoint(played([3_000, 7_000, 26_000], 34_000))).toBeUndefined()
  })
})

describe('growthOf', () => {
  it('fits a curve to what was measured at two sizes at least', () => {
    const at = (peers: number) => ({
      peers,
      messagesPerPeerRound: 3 * Math.sqrt(peers),
      bytesPerPeerRound: 7,
      storedPerRound: 0,
      spreadMs: 20,
      ...(peers === 10 ? { recoverySeconds: 4 } : {}),
    })
    const growth = growthOf([at(10), at(100), at(1_000)])
    expect(growth.map(({ name }) => name)).toEqual([
      'messages per peer and round',
      'bytes per peer and round',
      'commit reaches 95 %',
    ])
    expect(growth[0]!.slope).toBeCloseTo(0.5, 12)
    expect(growth[1]!.slope).toBeCloseTo(0, 12)
    expect(growth[0]!.logN).toBeCloseTo(0.24, 2)
  })
})

describe('resized', () => {
  it('keeps what share of the devices each population has, and how often they come', () => {
    const { population, seeds } = resized(scenario, 120)
    expect(population.map(({ count }) => count)).toEqual([90, 30])
    expect(population[1]!.arrive).toEqual({ kind: 'poisson', perMinute: 180 })
    expect(seeds).toEqual(scenario.seeds)
  })
})

describe('the simulator’s bench', () => {
  it.each(sizes)('has a scenario for %i peers, in which a seed dies where there is time for it', (peers) => {
    const { population, seeds, faults, untilSeconds } = benchScenario(peers)
    expect(population.reduce((sum, { count }) => sum + count, seeds.count)).toBe(peers)
    expect(faults.every(({ atSeconds }) => atSeconds < untilSeconds)).toBe(true)
    expect(faults).toHaveLength(peers < 10_000 ? 1 : 0)
  })
})
