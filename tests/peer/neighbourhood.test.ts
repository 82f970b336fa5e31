import { beforeEach, describe, expect, it } from 'vitest'
import { createIdentity, type PeerId, seededRandom, sha256, type TaskId } from '../../peer-core/index.ts'
import { Neighbourhood } from '../../peer-core/peer/neighbourhood.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { createMemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import type { Presence } from '../../peer-core/wire/index.ts'

const task = sha256(Uint8Array.of(1)) as string as TaskId
const [self, seed, another] = [1, 2, 3].map((i) => createIdentity(new Uint8Array(32).fill(i)))

let clock: VirtualClock
let said: number
let newcomer: Neighbourhood
let isMember: boolean
let connected: Set<PeerId>
let announce: () => void

beforeEach(() => {
  clock = createVirtualClock({ start: 1_000_000 })
  said = 0
  isMember = false
  connected = new Set()
  const context = {
    identity: self!,
    task,
    clock,
    network: {
      ...createMemoryMesh({ clock, random: seededRandom('mesh') }).join(self!.peerId),
      connections: () => Array.from(connected, (peer) => ({ peer })),
      onConnections(call: () => void) {
        announce = call
        return () => undefined
      },
    },
    spec: { committee: [{ peer: seed!.peerId, power: 1 }] },
    random: seededRandom('neighbourhood'),
    signal: new AbortController().signal,
    stores: openMemoryStores(createMemoryDisk()),
    say: () => void said++,
  } as unknown as SessionContext
  newcomer = new Neighbourhood(context, {
    isMember: (peer) => isMember && peer === self!.peerId,
    own: () => ({ status: 'joining', round: 0, role: 'contributor', engine: 'none' }),
    head: () => 0,
    onNews: async () => undefined,
    onGone: () => undefined,
    onCommittee: () => undefined,
    onChange: () => undefined,
  })
  newcomer.start()
})

function hear(peer: PeerId): void {
  const at = clock.now()
  const presence: Presence = { task, at, status: 'ready', round: 0, role: 'contributor', engine: 'none', addresses: [] }
  newcomer.heard(peer, presence, new Uint8Array())
}

describe('a member of the committee', () => {
  it('says at once how many it counts when they are half as many again, and else in its turn', async () => {
    isMember = true
    const come = (count: number) => {
      for (let i = 0; i < count; i++) {
        const { peerId } = createIdentity(new Uint8Array(32).fill(100 + i))
        connected.add(peerId)
      }
      announce()
      for (const peer of connected) newcomer.askedBy(peer, 0)
    }
    come(40)
    await clock.advance(1_000)
    const first = said
    expect(first).toBeGreaterThan(0)
    come(59)
    await clock.advance(1_000)
    expect(said).toBe(first)
    come(60)
    await clock.advance(299)
    expect(said).toBe(first)
    await clock.advance(1)
    expect(said).toBe(first + 1)
  })
})

describe('a contributor that hears of a newcomer', () => {
  it('says soon that it is here too, once for many of them', async () => {
    for (let i = 0; i < 10; i++) hear(`12D3KooW${i}` as PeerId)
    await clock.advance(299)
    expect(said).toBe(0)
    await clock.advance(1_000)
    expect(said).toBe(1)
  })

  it('says nothing when it turns out that it came with a crowd', async () => {
    hear(another!.peerId)
    await clock.advance(100)
    newcomer.membership.counted(seed!.peerId, 1_000)
    await clock.advance(1_000)
    expect(said).toBe(0)
  })

  it('says in a crowd too what has changed of itself, once', async () => {
    hear(another!.peerId)
    newcomer.greet()
    newcomer.membership.counted(seed!.peerId, 1_000)
    await clock.advance(1_000)
    expect(said).toBe(1)
    hear('12D3KooWlate' as PeerId)
    await clock.advance(1_000)
    expect(said).toBe(1)
  })

  it('need not say again what it has said meanwhile', async () => {
    hear(another!.peerId)
    await clock.advance(100)
    newcomer.beat()
    await clock.advance(1_000)
    expect(said).toBe(1)
  })
})
