import { describe, expect, it } from 'vitest'
import type { PeerEvent, PeerId } from '../../peer-core/index.ts'
import { scenarioSchema } from '../../simulator/index.ts'
import type { TimedLine } from '../../simulator/transcript/lines.ts'
import { createObserver } from '../../simulator/world/observer.ts'
import { createWorld } from '../../simulator/world/world.ts'

async function worldOf(seeds = 2) {
  const lines: TimedLine[] = []
  const scenario = scenarioSchema.parse({ seeds: { count: seeds } })
  const world = await createWorld(scenario, 1, (line) => void lines.push(line))
  for (const seed of world.cast.seeds) world.arrive(seed)
  return { world, lines }
}

describe('createWorld', () => {
  it('tells what contributors sent apart from what seeds did', async () => {
    const { world } = await worldOf()
    await world.clock.advance(5_000)
    expect(world.usage().bytes).toBeGreaterThan(0)
    expect(world.sentByContributors()).toEqual({ bytes: 0, messages: 0 })
    const device = world.cast.contributor(0)
    world.arrive(device)
    await world.clock.advance(5_000)
    const { sent } = world.network.usage(device.identity.peerId).bytes
    expect(sent).toBeGreaterThan(0)
    expect(world.sentByContributors().bytes).toBe(sent)
    world.leave(device, 'crash')
    expect(world.sentByContributors().bytes).toBe(sent)
  })

  it('tells what a handler threw also of a peer that is gone a moment later', async () => {
    const { world, lines } = await worldOf()
    const device = world.cast.contributor(0)
    world.arrive(device)
    await world.clock.advance(1_000)
    const faults = world.network.faults as unknown[]
    faults.push({ peer: device.identity.peerId, where: 'gossip', error: new Error('broke') })
    world.leave(device, 'crash')
    world.tellDefects()
    const defects = lines.filter(({ kind }) => kind === 'defect')
    expect(defects).toMatchObject([{ peer: device.name, where: 'gossip', text: 'broke' }])
  })
})

describe('takeAway', () => {
  it('keeps a device away for good that nothing brings back', async () => {
    const { world } = await worldOf()
    const device = world.cast.contributor(0)
    world.arrive(device)
    world.takeAway(device, 'crash')
    world.leave(device, 'goodbye')
    world.arrive(device)
    expect(world.residents.has(device.name)).toBe(false)
  })

  it('is followed by a return only where the stay goes on, or another has begun', async () => {
    const { world } = await worldOf()
    const device = world.cast.contributor(0)
    const isBackAfter = (meanwhile: () => void) => {
      world.arrive(device)
      world.takeAway(device, 'crash')
      meanwhile()
      world.bringBack(device)
      return world.residents.has(device.name)
    }
    expect(isBackAfter(() => {})).toBe(true)
    expect(isBackAfter(() => world.leave(device, 'goodbye'))).toBe(false)
    expect(
      isBackAfter(() => {
        world.leave(device, 'goodbye')
        world.arrive(device)
      }),
    ).toBe(true)
  })
})

describe('createObserver', () => {
  const commit = (round: number) => {
    const hash = String(round).padStart(64, '0')
    return {
      kind: 'commit',
      round,
      hash,
      model: hash,
      contributors: [],
      rejected: [],
      bytes: 0,
    } as unknown as PeerEvent
  }
  const spreadOf = (had: readonly string[], here: Set<string>, gone: readonly string[] = []) => {
    const lines: TimedLine[] = []
    let now = 0
    const observer = createObserver({
      now: () => now,
      write: (line) => void lines.push(line),
      nameOf: (peer: PeerId) => peer,
      present: () => here,
      onCommit: () => {},
    })
    for (const peer of had) {
      observer.heard(peer, commit(1))
      now += 10
    }
    for (const peer of gone) observer.left(peer)
    observer.heard('late', commit(1))
    observer.heard('p0', commit(2))
    return lines.find(({ kind }) => kind === 'spread')
  }
  const peers = Array.from({ length: 20 }, (_, i) => `p${i}`)

  it('counts the spread of a commit among all that were here, not only those that got it', () => {
    const here = new Set(peers)
    expect(spreadOf(peers.slice(0, 19), here)).toMatchObject({ peers: 19, of: 20, p50: 90, p95: 180, most: 180 })
    const short = spreadOf(peers.slice(0, 18), here)
    expect(short).toMatchObject({ peers: 18, of: 20, p50: 90, most: 170 })
    expect(short).not.toHaveProperty('p95')
  })

  it('expects nothing of those that go before they have it', () => {
    expect(spreadOf(peers.slice(0, 18), new Set(peers), ['p18', 'p19'])).toMatchObject({ peers: 18, of: 18, p95: 170 })
  })
})
