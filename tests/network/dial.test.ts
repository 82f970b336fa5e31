import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it } from 'vitest'
import { createIdentity, minute } from '../../peer-core/foundation/index.ts'
import { createBans } from '../../peer-core/network/bans.ts'
import { createDialer } from '../../peer-core/network/dial.ts'
import type { MeshLibp2p } from '../../peer-core/network/mesh-node.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

const [relay, peer] = [1, 2].map((seed) => createIdentity(new Uint8Array(32).fill(seed)).peerId) as [never, never]
const relayed = `/ip4/192.0.2.1/tcp/1/ws/p2p/${relay}/p2p-circuit/p2p/${peer}`
const direct = `/ip4/192.0.2.1/tcp/1/ws/p2p/${relay}/p2p-circuit/webrtc/p2p/${peer}`

/** A peer behind a relay, to which a data channel opens or does not. */
function scene() {
  const clock = createVirtualClock({ start: 0 })
  const world = { opens: false, tries: [] as number[] }
  const connections = new Set<Connection>()
  const connected = (address: string, limits?: object) => {
    const [remotePeer, remoteAddr] = [peerIdFromString(peer), multiaddr(address)]
    const close = async () => void connections.delete(connection)
    const connection = { remotePeer, remoteAddr, status: 'open', limits, close } as unknown as Connection
    connections.add(connection)
    return connection
  }
  const node = {
    status: 'started',
    getConnections: () => [...connections],
    isDialable: async () => true,
    async dial(address: { toString(): string }) {
      if (!address.toString().includes('/webrtc/')) return connected(relayed, {})
      world.tries.push(clock.now())
      if (!world.opens) throw new Error('its channel did not open')
      return connected(direct)
    },
  } as unknown as MeshLibp2p
  const dialer = createDialer({ node, bans: createBans(clock), clock, random: () => 0.5, maxConnections: 10 })
  return { clock, world, dialer, paths: () => [...connections].map(({ limits }) => (limits ? 'relayed' : 'direct')) }
}

describe('createDialer', () => {
  it('goes on trying for a direct connection to whom it could only meet over a relay, until it has one', async () => {
    const { clock, world, dialer, paths } = scene()
    await clock.finish(dialer.dial(peer, [direct], new AbortController().signal), minute)
    expect(paths()).toEqual(['relayed'])
    await clock.advance(5 * minute)
    expect(world.tries.filter((at) => at > 2 * minute).length).toBeGreaterThan(3)
    world.opens = true
    await clock.advance(minute)
    expect(paths()).toEqual(['direct'])
    const tries = world.tries.length
    await clock.advance(5 * minute)
    expect(world.tries).toHaveLength(tries)
    dialer.stop()
  })
})
