import { describe, expect, it } from 'vitest'
import { type ScenarioInput, scenarioSchema, simulate } from '../../simulator/index.ts'
import { createModelledCrowd } from '../../simulator/world/crowd.ts'

describe('createModelledCrowd', () => {
  it('counts what its sessions would have sent while they lasted', () => {
    const crowd = createModelledCrowd()
    for (let i = 0; i < 10; i++) crowd.begin(0, 5_000)
    crowd.begin(0, Number.POSITIVE_INFINITY)
    crowd.advance(4_000, { bytes: 100, messages: 2 })
    expect(crowd).toMatchObject({ present: 11, sessions: 11, bytes: 1_100, messages: 22 })
    crowd.advance(6_000, { bytes: 100, messages: 2 })
    expect(crowd).toMatchObject({ present: 1, bytes: 1_700 })
    crowd.advance(8_000, { bytes: 100, messages: 2 })
    expect(crowd).toMatchObject({ present: 1, bytes: 1_800 })
  })
})

describe('simulate', () => {
  it('plays a sample of a large population in full, and models the rest of it', async () => {
    const input: ScenarioInput = {
      untilSeconds: 20,
      population: [
        {
          name: 'visitors',
          count: 100_000,
          arrive: { kind: 'steady', concurrent: 2_000 },
          stay: { kind: 'exponential', meanSeconds: 60 },
        },
      ],
      fullPeers: 5,
    }
    const { tally, summary } = await simulate({ scenario: scenarioSchema.parse(input), seed: 1 })
    const { present, modelled } = tally.samples.at(-1)!
    expect(present).toBeGreaterThan(1)
    expect(present).toBeLessThan(16)
    // A steady state: within five deviations of the 2,000 that were asked for.
    expect(Math.abs(modelled!.present + present - 2_000)).toBeLessThan(225)
    expect(modelled!.bytes / modelled!.present).toBeGreaterThan(0)
    expect(summary.forks).toBe(0)
    const mean = tally.samples.reduce((sum, one) => sum + (one.modelled?.present ?? 0), 0) / tally.samples.length
    expect(summary.modelled).toEqual({ ...modelled, present: mean })
  })
})
