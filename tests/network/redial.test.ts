import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createIdentity, minute, type PeerId } from '../../peer-core/foundation/index.ts'
import { createRedialler, pauseMs } from '../../peer-core/network/redial.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

const seed = createIdentity(new Uint8Array(32).fill(1)).peerId
const address = `/ip4/192.0.2.1/tcp/1/ws/p2p/${seed}`

/** A seed that is up or down, and one who keeps to it. */
function scene(addresses: readonly string[] = [address]) {
  const clock = createVirtualClock()
  const world = { up: true, connected: false, dials: [] as number[] }
  const redialler = createRedialler({
    clock,
    random: () => 0.5,
    addresses,
    isConnected: () => world.connected,
    async dial() {
      world.dials.push(clock.now())
      if (!world.up) throw new Error('refused')
      world.connected = true
      return seed
    },
  })
  const lose = () => {
    world.connected = false
    redialler.check()
  }
  return { clock, world, redialler, lose }
}

describe('createRedialler', () => {
  it('dials at once, and not again while it is connected', async () => {
    const { clock, world, redialler } = scene()
    redialler.start()
    await clock.run(10 * minute)
    expect(world.dials).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it('comes back to a seed that returns, however long it was gone', async () => {
    const { clock, world, redialler, lose } = scene()
    redialler.start()
    await clock.run(1_000)
    world.up = false
    lose()
    await clock.run(60 * minute)
    expect(world.connected).toBe(false)
    world.up = true
    await clock.advance(30_000)
    expect(world.connected).toBe(true)
    // Its pauses grew to half a minute: it does not hammer a seed that is down.
    expect(world.dials.length).toBeLessThan(180)
  })

  it('starts over with short pauses after it was connected', async () => {
    const { clock, world, redialler, lose } = scene()
    world.up = false
    redialler.start()
    await clock.run(10 * minute)
    world.up = true
    await clock.advance(30_000)
    lose()
    await clock.advance(400)
    expect(world.connected).toBe(true)
  })

  it('tries at once when told that the device is online', async () => {
    const { clock, world, redialler } = scene()
    world.up = false
    redialler.start()
    await clock.run(10 * minute)
    world.up = true
    redialler.retryNow()
    await clock.advance(0)
    expect(world.connected).toBe(true)
  })

  it('dials addresses of one peer together, and learns who is behind an address that does not say', async () => {
    const { clock, world, redialler } = scene([address, `/ip4/192.0.2.1/tcp/2/p2p/${seed}`, '/ip4/192.0.2.1/tcp/3/ws'])
    redialler.start()
    await clock.run(1_000)
    expect(world.dials).toEqual([0, 0])
    expect(redialler.peers()).toEqual([seed, seed])
  })

  it('does nothing more once stopped', async () => {
    const { clock, world, redialler } = scene()
    world.up = false
    redialler.start()
    await clock.run(100)
    redialler.stop()
    await clock.run(10 * minute)
    expect(world.dials).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it('gives up a dial that never ends', async () => {
    const clock = createVirtualClock()
    let dials = 0
    const dial = (_peer: PeerId | undefined, _all: readonly string[], signal: AbortSignal) => {
      dials++
      return new Promise<PeerId>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }
    const redialler = createRedialler({ clock, random: () => 0, addresses: [address], dial, isConnected: () => false })
    redialler.start()
    await clock.run(minute)
    expect(dials).toBeGreaterThan(2)
    redialler.stop()
  })
})

describe('pauseMs', () => {
  it('grows, with chance in it, to half a minute and no further', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const pause = pauseMs(failures, random)
        expect(pause).toBeGreaterThanOrEqual(250)
        expect(pause).toBeLessThanOrEqual(30_000)
        expect(pauseMs(failures + 1, random)).toBeGreaterThanOrEqual(pause)
      }),
    )
  })
})
