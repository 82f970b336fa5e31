import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/index.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { type ScenarioInput, scenarioSchema } from '../../simulator/index.ts'
import { createCast } from '../../simulator/world/cast.ts'
import { scheduleVisits } from '../../simulator/world/visits.ts'

type Crowd = NonNullable<ScenarioInput['population']>[number]

/** A door that writes down who comes and goes, and how many are in. */
function visitsOf(crowd: Crowd, fullPeers = 20_000) {
  const scenario = scenarioSchema.parse({ population: [crowd], fullPeers })
  const clock = createVirtualClock({ start: 0 })
  const inside = new Set<string>()
  const twice: string[] = []
  const stays: number[] = []
  const since = new Map<string, number>()
  let modelled = 0
  scheduleVisits(
    {
      clock,
      cast: createCast(scenario, 1),
      random: seededRandom('door'),
      now: clock.now,
      arrive({ name, crowd }) {
        if (crowd === 'seeds') return
        if (inside.has(name)) twice.push(name)
        inside.add(name)
        since.set(name, clock.now())
      },
      leave({ name }) {
        inside.delete(name)
        stays.push(clock.now() - since.get(name)!)
      },
    },
    scenario,
    { begin: () => void modelled++ },
  )
  return { clock, inside, twice, stays, modelled: () => modelled }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('scheduleVisits', () => {
  it.each<[string, Crowd['arrive']]>([
    ['that were there from the start', { kind: 'at-start' }],
    ['that come at random', { kind: 'poisson', perMinute: 600 }],
    ['of a steady crowd', { kind: 'steady', concurrent: 40 }],
  ])('lets devices %s stay as long as they are to, and nobody come who is here', async (_, arrive) => {
    const crowd: Crowd = { name: 'devices', count: 60, arrive, stay: { kind: 'exponential', meanSeconds: 60 } }
    const { clock, twice, stays } = visitsOf(crowd)
    await clock.advance(3_600_000)
    expect(twice).toEqual([])
    expect(stays.length).toBeGreaterThan(1_000)
    // Within five deviations of the mean of an exponential.
    expect(Math.abs(mean(stays) / 60_000 - 1)).toBeLessThan(5 / Math.sqrt(stays.length))
  })

  it('has as many of a steady crowd at any time, whose stays are mostly short and sometimes very long', async () => {
    const { clock, inside } = visitsOf({
      name: 'devices',
      count: 20_000,
      arrive: { kind: 'steady', concurrent: 1_000 },
      stay: { kind: 'weibull', meanSeconds: 60, shape: 0.5 },
    })
    for (const until of [20, 60, 120, 300, 600]) {
      await clock.advance(until * 1_000 - clock.now())
      // Five deviations.
      expect(Math.abs(inside.size - 1_000), `at ${until} s`).toBeLessThan(160)
    }
  })

  it.each([
    [1, 4],
    [10, 20],
    [40, 59],
  ])('keeps up %i at a time of the %i that it takes', async (concurrent, count) => {
    const meanSeconds = 60
    const { clock, inside } = visitsOf({
      name: 'devices',
      count,
      arrive: { kind: 'steady', concurrent },
      stay: { kind: 'exponential', meanSeconds },
    })
    const present: number[] = []
    await clock.advance(60_000)
    for (let i = 0; i < 3_600; i++) {
      await clock.advance(10_000)
      present.push(inside.size)
    }
    // Four deviations of a mean over so long, and what is lost where all are here.
    const deviation = Math.sqrt((2 * concurrent * meanSeconds) / 36_000)
    expect(Math.abs(mean(present) - concurrent)).toBeLessThan(4 * deviation + 0.015 * concurrent)
  })

  it('lets nobody come as one of a steady crowd that is to come in a moment', async () => {
    const { clock, twice, stays } = visitsOf({
      name: 'devices',
      count: 60,
      arrive: { kind: 'steady', concurrent: 40 },
      stay: { kind: 'exponential', meanSeconds: 1 },
    })
    await clock.advance(60_000)
    expect(twice).toEqual([])
    expect(stays.every((stay) => stay > 0)).toBe(true)
  })

  it('has no more of a crowd than there are', async () => {
    const stay = { kind: 'forever' } as const
    const { clock, inside, modelled } = visitsOf(
      { name: 'devices', count: 20, arrive: { kind: 'poisson', perMinute: 60 }, stay },
      10,
    )
    await clock.advance(600_000)
    expect(modelled() + inside.size).toBe(20)
    expect(modelled()).toBeGreaterThan(2)
  })
})
