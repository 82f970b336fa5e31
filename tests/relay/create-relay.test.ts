import { afterEach, describe, expect, it, vi } from 'vitest'
import { createIdentity, kiB, type PeerId, sha256, type TaskId } from '../../peer-core/foundation/index.ts'
import type { Libp2pNetwork } from '../../peer-core/network/index.ts'
import type { FrameStream } from '../../peer-core/ports/index.ts'
import { seal } from '../../peer-core/wire/envelope.ts'
import { controlTopic } from '../../peer-core/wire/index.ts'
import { createRelay, type Relay, type RelayOptions } from '../../relay/create-relay.ts'
import { relayLimits } from '../../relay/limits.ts'
import { createContributorNetwork } from '../../seed-nodes/network/index.ts'

const identities = Array.from({ length: 4 }, (_, i) => createIdentity(new Uint8Array(32).fill(i + 1)))
const [relayIdentity, a, b] = identities as [(typeof identities)[0], (typeof identities)[0], (typeof identities)[0]]
const task = 'ab'.repeat(32) as TaskId
const topic = controlTopic(task)
const echo = '/zen-mesh/test-echo/1'
const patience = () => AbortSignal.timeout(30_000)
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 50 })

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function relayOf(options: Partial<RelayOptions> = {}): Promise<Relay> {
  const relay = await createRelay({ secretSeed: relayIdentity.secretSeed, ports: { websocket: 0, tcp: 0 }, ...options })
  stops.push(relay.stop)
  return relay
}

/** Someone who listens nowhere, and is told of the relay. */
async function contributor(identity: typeof a, relay: Relay): Promise<Libp2pNetwork> {
  const network = await createContributorNetwork({ secretSeed: identity.secretSeed, bootstrap: relay.addresses() })
  stops.push(network.stop)
  network.streams.handle(echo, {
    maxFrameBytes: 64 * kiB,
    overRelay: true,
    async serve(stream: FrameStream) {
      for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive())
        await stream.send(frame)
    },
  })
  await network.start()
  return network
}

const isReachable = (network: Libp2pNetwork) => eventually(() => expect(network.addresses()).not.toEqual([]))
/** The address without the direct path: all bytes go through the relay. */
const relayedOnly = (network: Libp2pNetwork) => network.addresses().map((address) => address.replace('/webrtc', ''))

describe('createRelay', () => {
  it('listens over every transport, tells one address for each, and is who its key says', async () => {
    const relay = await relayOf({ ports: { tcp: 0, websocket: 0, webrtcDirect: 0 } })
    expect(relay.peerId).toBe(relayIdentity.peerId)
    const addresses = relay.addresses()
    expect(addresses).toHaveLength(3)
    const [tcp, ws, direct] = addresses
    expect(tcp).toMatch(new RegExp(`^/ip4/127.0.0.1/tcp/\\d+/p2p/${relay.peerId}$`))
    expect(ws).toMatch(new RegExp(`^/ip4/127.0.0.1/tcp/\\d+/ws/p2p/${relay.peerId}$`))
    expect(direct).toMatch(new RegExp(`^/ip4/127.0.0.1/udp/\\d+/webrtc-direct/certhash/[^/]+/p2p/${relay.peerId}$`))
  })

  it('tells what it is told to announce, instead', async () => {
    const relay = await relayOf({ announce: ['/dns4/relay.example.org/tcp/443/wss'] })
    expect(relay.addresses()).toEqual([`/dns4/relay.example.org/tcp/443/wss/p2p/${relay.peerId}`])
  })

  it('says so when its port is taken, and leaves nothing behind when it stops', async () => {
    const first = await relayOf({ ports: { tcp: 0 } })
    const port = Number(/tcp\/(\d+)/.exec(first.addresses()[0]!)?.[1])
    await expect(createRelay({ secretSeed: b.secretSeed, ports: { tcp: port } })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: it is in use`,
    )
    const elsewhere = createRelay({ secretSeed: b.secretSeed, host: '203.0.113.7', ports: { websocket: 0 } })
    await expect(elsewhere).rejects.toMatchObject({ code: 'CANNOT_LISTEN', fault: { reason: 'not of this machine' } })
    await first.stop()
    const second = await relayOf({ ports: { tcp: port } })
    expect(second.addresses()[0]).toContain(`/tcp/${port}/`)
  })

  it('introduces two who cannot be dialled, and they talk directly', async () => {
    const relay = await relayOf()
    const [one, other] = [await contributor(a, relay), await contributor(b, relay)]
    await isReachable(other)
    await one.dial(b.peerId, other.addresses(), patience())
    await eventually(() => expect(pathsTo(one, b.peerId)).toEqual(['webrtc']))
    const stream = await one.streams.open(b.peerId, echo, { signal: patience(), maxFrameBytes: 64 * kiB })
    expect(stream.path).toBe('webrtc')
    for (let i = 0; i < 40; i++) {
      await stream.send(new Uint8Array(64 * kiB).fill(i))
      expect((await stream.receive(patience()))?.[0]).toBe(i)
    }
  })

  it('relays up to the bytes of a circuit, and then ends it', async () => {
    const relay = await relayOf({ limits: { ...relayLimits, circuitBytes: 512 * kiB } })
    const [one, other] = [await contributor(a, relay), await contributor(b, relay)]
    await isReachable(other)
    await one.dial(b.peerId, relayedOnly(other), patience())
    expect(pathsTo(one, b.peerId)).toEqual(['relayed'])
    const stream = await one.streams.open(b.peerId, echo, { signal: patience(), maxFrameBytes: 64 * kiB })
    expect(stream.path).toBe('relayed')
    let returned = 0
    const flood = async () => {
      for (; returned < 100; returned++) {
        await stream.send(new Uint8Array(64 * kiB))
        await stream.receive(patience())
      }
    }
    await expect(flood()).rejects.toThrow()
    // Both ways together: a bit more than three round trips of 128 kiB fit.
    expect(returned).toBe(3)
    expect(one.traffic().relayed?.sent).toBeGreaterThan(1_000)
  })

  it('does not carry over a circuit what did not ask for it', async () => {
    const relay = await relayOf()
    const [one, other] = [await contributor(a, relay), await contributor(b, relay)]
    other.streams.handle('/zen-mesh/bulk/1', { maxFrameBytes: 10, serve: async () => {} })
    await isReachable(other)
    await one.dial(b.peerId, relayedOnly(other), patience())
    const options = { signal: patience(), maxFrameBytes: 10 }
    await expect(one.streams.open(b.peerId, '/zen-mesh/bulk/1', options)).rejects.toMatchObject({ code: 'UNREACHABLE' })
  })

  it('lends no more reservations than it has', async () => {
    const relay = await relayOf({ limits: { ...relayLimits, maxReservations: 1 } })
    const one = await contributor(a, relay)
    await isReachable(one)
    const other = await contributor(b, relay)
    await eventually(() => expect(relay.network.connections()).toHaveLength(2))
    await expect(vi.waitFor(() => expect(other.addresses()).not.toEqual([]), { timeout: 1_000 })).rejects.toThrow()
  })

  it('forwards the gossip of tasks that it does not know, and only what is signed', async () => {
    const relay = await relayOf()
    const [one, other] = [await contributor(a, relay), await contributor(b, relay)]
    const heard: string[] = []
    for (const network of [one, other]) {
      network.gossip.subscribe(topic, {
        validate: () => 'accept',
        deliver: (data, from) => {
          expect(from).toBe(relay.peerId)
          heard.push(sha256(data))
        },
      })
    }
    const presence = { task, status: 'ready', round: 0, role: 'contributor', addresses: [] }
    const signed = (at: number) => seal(a, 'presence', { ...presence, at, engine: 'e'.repeat(at % 32) }).bytes
    let at = 0
    await eventually(async () => {
      await one.gossip.publish(topic, signed(at++))
      expect(heard).not.toEqual([])
    })
    const forged = signed(1_000)
    forged[forged.length - 1]! ^= 1
    await one.gossip.publish(topic, forged)
    await one.gossip.publish(topic, signed(2_000))
    await eventually(() => expect(heard).toContain(sha256(signed(2_000))))
    expect(heard).not.toContain(sha256(forged))
    expect(pathsTo(one, b.peerId)).toEqual([])
  })

  it('hands a topic over to who subscribes to it on the same network, and takes it back', async () => {
    const relay = await relayOf()
    const one = await contributor(a, relay)
    one.gossip.subscribe(topic, { validate: () => 'accept', deliver: () => {} })
    const heard: Uint8Array[] = []
    const listen = () =>
      relay.network.gossip.subscribe(topic, { validate: () => 'accept', deliver: (data) => void heard.push(data) })
    await eventually(() => expect(relay.network.connections()).toHaveLength(1))
    const stop = listen()
    let at = 0
    const publish = async () => {
      await one.gossip.publish(topic, Uint8Array.of(at++))
      expect(heard).not.toEqual([])
    }
    await eventually(publish)
    stop()
    heard.length = 0
    listen()
    await eventually(publish)
  })

  it("stores a task's record, and hands it to who asks", async () => {
    const relay = await relayOf()
    const [one, other] = [await contributor(a, relay), await contributor(b, relay)]
    const { bytes, hash } = seal(a, 'task', { name: 'a task' })
    await eventually(async () => {
      await one.directory.put(`/zen-task/${hash}`, bytes, AbortSignal.timeout(3_000))
      expect(await other.directory.get(`/zen-task/${hash}`, AbortSignal.timeout(3_000))).toEqual(bytes)
    })
  })
})

function pathsTo(network: Libp2pNetwork, peer: PeerId): string[] {
  return network
    .connections()
    .filter((connection) => connection.peer === peer)
    .map(({ path }) => path)
}
