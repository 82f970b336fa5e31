import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../peer-core/index.ts'
import type { LinkQuality } from '../../peer-core/testing/memory-network.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { type ScenarioInput, scenarioSchema, simulate } from '../../simulator/index.ts'
import type { TimedLine } from '../../simulator/transcript/lines.ts'
import { createCast, type Device } from '../../simulator/world/cast.ts'
import { type Stage, scheduleFaults } from '../../simulator/world/faults.ts'

/** Eight devices in zones a and b in turn, on a stage that keeps what the faults make of them. */
function stageOf(faults: ScenarioInput['faults'], here = 8, zones = ['a', 'b']) {
  const scenario = scenarioSchema.parse({
    network: { zones },
    seeds: { count: 3 },
    population: [{ name: 'devices', count: 8, uplinkKBps: 1_000 }],
    faults,
  })
  const clock = createVirtualClock({ start: 0 })
  const cast = createCast(scenario, 1)
  const names = new Map<string, string>()
  const residents = new Map<string, never>()
  const lines: TimedLine[] = []
  const slowness = new Map<string, number>()
  const quality = new Map<string, LinkQuality>()
  const arrivals: ((device: Device) => void)[] = []
  let sides: string[] = []
  const arrive = (device: Device) => {
    names.set(device.identity.peerId, device.name)
    residents.set(device.name, { device } as never)
    for (const call of arrivals) call(device)
  }
  const leave = ({ name }: Device) => void residents.delete(name)
  const stage: Stage = {
    clock,
    cast,
    residents,
    random: seededRandom(1),
    now: clock.now,
    write: (line) => void lines.push(line),
    takeAway: leave,
    bringBack: arrive,
    slow: ({ name }, factor) => void slowness.set(name, factor),
    onArrival: (call) => void arrivals.push(call),
    network: {
      partition(groups) {
        sides = groups.map((group) =>
          group
            .map((peer) => names.get(peer)!.slice(-1))
            .sort()
            .join(''),
        )
      },
      degrade: (peer, its) => void quality.set(names.get(peer)!, its),
    },
  }
  for (let i = 0; i < here; i++) arrive(cast.contributor(i))
  scheduleFaults(stage, scenario)
  const device = (i: number) => cast.contributor(i)
  return { clock, cast, lines, slowness, quality, sides: () => sides.toSorted(), residents, arrive, leave, device }
}

describe('scheduleFaults', () => {
  it('keeps apart those on different sides of any partition, and heals each at its own end', async () => {
    const { clock, sides, lines } = stageOf([
      { kind: 'partition', atSeconds: 1, forSeconds: 10, who: 'a' },
      { kind: 'partition', atSeconds: 5, forSeconds: 20, who: 'devices', share: 0.5 },
    ])
    await clock.advance(2_000)
    expect(sides()).toEqual(['0246'])
    await clock.advance(4_000)
    const cut = lines.flatMap((line) => (line.kind === 'fault' ? [line.who.map((name) => name.slice(-1))] : []))
    const [a, half] = cut.map((who) => new Set(who)) as [Set<string>, Set<string>]
    const expected = [a.difference(half), a.intersection(half), half.difference(a)]
    const together = (group: Set<string>) => [...group].sort().join('')
    expect(sides()).toEqual(expected.map(together).filter(Boolean).sort())
    expect(sides().length).toBeGreaterThan(1)
    await clock.advance(6_000)
    expect(sides()).toEqual([together(half)])
    await clock.advance(20_000)
    expect(sides()).toEqual([])
  })

  it('strikes nobody with a partition that would have all on one side', async () => {
    for (const [fault, zones] of [
      [{ who: 'a' }, ['a']],
      [{ who: 'devices', share: 0.96 }, ['a', 'b']],
      [{ who: 'seeds' }, ['a', 'b']],
    ] as const) {
      const stage = stageOf([{ kind: 'partition', atSeconds: 1, ...fault }], fault.who === 'seeds' ? 0 : 8, [...zones])
      if (fault.who === 'seeds') for (const seed of stage.cast.seeds) stage.arrive(seed)
      await stage.clock.advance(2_000)
      expect(stage.lines).toEqual([{ t: 1_000, kind: 'fault', what: 'partition-0', who: [] }])
      expect(stage.sides()).toEqual([])
    }
  })

  it('adds up what makes a device slow or its links bad, and takes away only what ends', async () => {
    const { clock, slowness, quality } = stageOf([
      { kind: 'slow', atSeconds: 1, forSeconds: 10, who: 'a', factor: 3 },
      { kind: 'slow', atSeconds: 2, forSeconds: 2, who: 'devices', factor: 10 },
      { kind: 'degrade', atSeconds: 1, forSeconds: 10, who: 'a', latencyMs: 50, lossRate: 0.5, uplinkKBps: 100 },
      { kind: 'degrade', atSeconds: 2, forSeconds: 2, who: 'devices', latencyMs: 20, lossRate: 0.5, uplinkKBps: 500 },
    ])
    await clock.advance(3_000)
    expect([slowness.get('devices-0'), slowness.get('devices-1')]).toEqual([30, 10])
    expect(quality.get('devices-0')).toEqual({ latencyMs: 70, lossRate: 0.75, bytesPerSecond: 100_000 })
    await clock.advance(3_000)
    expect([slowness.get('devices-0'), slowness.get('devices-1')]).toEqual([3, 1])
    expect(quality.get('devices-0')).toEqual({ latencyMs: 50, lossRate: 0.5, bytesPerSecond: 100_000 })
    expect(quality.get('devices-1')).toEqual({ latencyMs: 0, lossRate: 0, bytesPerSecond: 1_000_000 })
    await clock.advance(6_000)
    expect(slowness.get('devices-0')).toBe(1)
  })

  it('strikes whoever comes meanwhile where all are struck, and whoever comes back', async () => {
    const { clock, sides, quality, arrive, leave, device } = stageOf(
      [
        { kind: 'partition', atSeconds: 1, who: 'a' },
        { kind: 'degrade', atSeconds: 1, who: 'devices', share: 0.5, latencyMs: 50 },
      ],
      4,
    )
    await clock.advance(2_000)
    expect(sides()).toEqual(['02'])
    for (let i = 4; i < 8; i++) arrive(device(i))
    expect(sides()).toEqual(['0246'])
    const struck = [...quality.keys()]
    expect(struck).toHaveLength(2)
    const back = [0, 1, 2, 3].map(device).find(({ name }) => name === struck[0])!
    leave(back)
    quality.clear()
    arrive(back)
    expect(quality.get(back.name)).toMatchObject({ latencyMs: 50 })
  })

  it('strikes one at least, and brings back nobody who had gone by itself', async () => {
    const { clock, lines, residents, leave, device } = stageOf([
      { kind: 'leave', atSeconds: 1, who: 'devices', share: 0.01, everySeconds: 5 },
      { kind: 'leave', atSeconds: 2, who: 'a', everySeconds: 5, returnAfterSeconds: 1 },
    ])
    await clock.advance(1_500)
    expect(residents.size).toBe(7)
    expect(lines.at(-1)).toMatchObject({ kind: 'fault', who: [expect.stringMatching(/^devices-/)] })
    await clock.advance(1_000)
    const gone = [0, 2, 4, 6]
      .map(device)
      .filter(({ name }) => residents.has(name))
      .at(-1)!
    leave(gone)
    await clock.advance(60_000)
    expect(residents.has(gone.name)).toBe(false)
  })

  it('strikes seeds in their own order, also those that were away', async () => {
    const { clock, cast, lines, arrive, leave } = stageOf([
      { kind: 'leave', atSeconds: 1, who: 'seeds', everySeconds: 5 },
    ])
    for (const seed of cast.seeds) arrive(seed)
    leave(cast.seeds[0]!)
    arrive(cast.seeds[0]!)
    await clock.advance(2_000)
    expect(lines).toMatchObject([{ kind: 'fault', who: ['seed-0', 'seed-1', 'seed-2'] }])
  })

  it('makes nobody slow who does not train', async () => {
    const { clock, cast, lines, arrive } = stageOf([{ kind: 'slow', atSeconds: 1, who: 'a', factor: 2 }], 4)
    for (const seed of cast.seeds) arrive(seed)
    await clock.advance(2_000)
    expect(lines).toMatchObject([{ kind: 'fault', who: expect.not.arrayContaining(['seed-0']) }])
  })

  it('takes the name of a zone for the zone, whatever a device is called', async () => {
    const faults = [{ kind: 'partition' as const, atSeconds: 1, who: 'devices-0' }]
    const { clock, sides } = stageOf(faults, 8, ['a', 'devices-0'])
    await clock.advance(2_000)
    expect(sides()).toEqual(['1357'])
  })
})

describe('simulate', () => {
  it('does not call a promise kept under a fault that struck nobody', async () => {
    const scenario = scenarioSchema.parse({
      untilSeconds: 20,
      population: [
        { name: 'devices', count: 3 },
        { name: 'visitors', count: 3, arrive: { kind: 'poisson', perMinute: 0.001 } },
      ],
      faults: [{ kind: 'partition', atSeconds: 10, who: 'visitors' }],
    })
    const { broken } = await simulate({ scenario, seed: 1 })
    expect(broken).toEqual(['nobody was there for partition-0 to strike'])
  })

  it('does not call a promise kept under an attack for which nobody was left', async () => {
    // Rounded, a quarter of two is one.
    const attacks = [1, 2, 3].map(() => ({ attack: 'nan' as const, share: 0.25 }))
    const scenario = scenarioSchema.parse({ untilSeconds: 1, population: [{ name: 'devices', count: 2 }], attacks })
    const { broken } = await simulate({ scenario, seed: 1 })
    expect(broken).toContain('nobody was there for nan-2 to strike')
  })
})
