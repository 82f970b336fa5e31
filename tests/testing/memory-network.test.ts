import { describe, expect, it } from 'vitest'
import { createIdentity, type PeerId, seededRandom } from '../../peer-core/foundation/index.ts'
import { deadline, type FrameStream, type Network } from '../../peer-core/ports/index.ts'
import { createMemoryMesh, type MemoryMeshOptions } from '../../peer-core/testing/memory-network.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

const ids = Array.from({ length: 10 }, (_, i) => createIdentity(new Uint8Array(32).fill(i + 1)).peerId)
const topic = 'zen-mesh/1/test/control'
const echo = '/zen-mesh/echo/1'

async function meshOf(n: number, options: Partial<MemoryMeshOptions> = {}) {
  const clock = createVirtualClock()
  const mesh = createMemoryMesh({ clock, random: seededRandom('mesh'), ...options })
  const networks = ids.slice(0, n).map((id) => mesh.join(id))
  for (const network of networks) await network.start()
  await clock.run(1_000)
  const heard: { peer: PeerId; text: string; at: number }[] = []
  const listen = (network: Network) =>
    network.gossip.subscribe(topic, {
      validate: (data) => (data[0] === 0 ? 'reject' : 'accept'),
      deliver: (data) => heard.push({ peer: network.self, text: new TextDecoder().decode(data), at: clock.now() }),
    })
  for (const network of networks) listen(network)
  const say = (network: Network, text: string) => network.gossip.publish(topic, new TextEncoder().encode(text))
  const open = (from: Network, to: Network, maxFrameBytes = 1_000) =>
    clock.finish(from.streams.open(to.self, echo, { signal: deadline(clock, 5_000).signal, maxFrameBytes }), 6_000)
  return { clock, mesh, networks, heard, listen, say, open }
}

const echoing = {
  maxFrameBytes: 1_000,
  async serve(stream: FrameStream) {
    for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive())
      await stream.send(frame)
  },
}

describe('createMemoryMesh', () => {
  it('delivers a message once to every other subscriber', async () => {
    const { clock, networks, heard, say } = await meshOf(10, { jitterMs: 10 })
    await say(networks[0]!, 'hello')
    await say(networks[0]!, 'hello')
    await clock.advance(1_000)
    expect(heard.map(({ peer }) => peer).sort()).toEqual(ids.slice(1).sort())
  })

  it('gives the same history for the same seed', async () => {
    const run = async () => {
      const { clock, networks, heard, say } = await meshOf(10, { jitterMs: 30, lossRate: 0.2 })
      for (const network of networks) await say(network, `from ${network.self}`)
      await clock.advance(1_000)
      return heard
    }
    expect(await run()).toEqual(await run())
  })

  it('keeps a partition apart, drops its connections, and joins them again when healed', async () => {
    const { clock, mesh, networks, heard, say } = await meshOf(4)
    mesh.partition([ids.slice(0, 2), ids.slice(2, 4)])
    await say(networks[0]!, 'left')
    await clock.advance(11_000)
    expect(heard.map(({ peer }) => peer)).toEqual([ids[1]])
    expect(networks[0]!.connections()).toHaveLength(1)
    mesh.heal()
    await clock.advance(100)
    expect(networks[0]!.connections()).toHaveLength(3)
    await say(networks[0]!, 'all')
    await clock.advance(100)
    expect(heard.filter(({ text }) => text === 'all')).toHaveLength(3)
  })

  it('lets a killed peer go unnoticed until it has been silent too long', async () => {
    const { clock, mesh, networks, open } = await meshOf(3)
    networks[1]!.streams.handle(echo, echoing)
    const stream = await open(networks[0]!, networks[1]!)
    mesh.kill(ids[1]!)
    const answer = stream.send(Uint8Array.of(1)).then(() => stream.receive())
    const outcome = answer.then(String, (error: Error) => `${error.message} at ${clock.now()}`)
    const killedAt = clock.now()
    await clock.advance(9_000)
    expect(networks[0]!.connections()).toHaveLength(2)
    await clock.advance(2_000)
    expect(networks[0]!.connections()).toHaveLength(1)
    expect(await outcome).toBe(`STREAM_ENDED: peer=${ids[1]}, reason=silent for too long at ${killedAt + 10_000}`)
    const again = networks[0]!.streams.open(ids[1]!, echo, { signal: deadline(clock, 500).signal, maxFrameBytes: 10 })
    await expect(clock.finish(again, 1_000)).rejects.toThrow()
  })

  it('takes a killed peer back when it joins again', async () => {
    const { clock, mesh, networks, heard, listen, say } = await meshOf(3)
    mesh.kill(ids[1]!)
    const back = mesh.join(ids[1]!)
    await back.start()
    listen(back)
    await clock.advance(100)
    expect(back.connections()).toHaveLength(2)
    await say(networks[0]!, 'welcome back')
    await clock.advance(100)
    expect(heard.map(({ peer }) => peer).sort()).toEqual([ids[1], ids[2]].sort())
  })

  it('takes its latency from a matrix, and counts what passes', async () => {
    const { clock, mesh, networks, heard, say } = await meshOf(3, {
      latencyMs: (from, to) => (from === ids[0] && to === ids[2] ? 400 : 10),
    })
    await say(networks[0]!, 'far')
    const from = clock.now()
    await clock.advance(500)
    // By way of the second peer, which gossip hands it on to, unless the copy on the long way came first.
    expect(heard.map(({ peer, at }) => [peer, at - from])).toEqual([
      [ids[1], 10],
      [ids[2], 400],
    ])
    expect(mesh.usage(ids[0]!)).toEqual({ bytes: { sent: 6, received: 0 }, messages: { sent: 2, received: 0 } })
  })

  it('connects nobody whom their routers keep apart', async () => {
    const { clock, networks } = await meshOf(3, {
      topology: 'none',
      punches: (a, b) => ![a, b].every((id) => id !== ids[0]),
    })
    const signal = new AbortController().signal
    const dial = (from: number, to: number) =>
      clock.finish(networks[from]!.dial(undefined, networks[to]!.addresses(), signal), 1_000)
    expect(await dial(0, 1)).toBe(ids[1])
    await expect(dial(1, 2)).rejects.toThrow('routers')
  })

  it('loses what either of two degraded peers loses, and lets the rest pass', async () => {
    const { clock, mesh, networks, heard, say } = await meshOf(2)
    for (const id of ids.slice(0, 2)) mesh.degrade(id, { lossRate: 0.5 })
    for (let i = 0; i < 400; i++) await say(networks[0]!, String(i))
    await clock.advance(1_000)
    // A quarter passes: within five deviations.
    expect(Math.abs(heard.length - 100)).toBeLessThan(44)
  })

  it('makes a degraded peer slow: its uplink, its latency', async () => {
    const { clock, mesh, networks, open } = await meshOf(2)
    mesh.degrade(ids[0]!, { latencyMs: 100, bytesPerSecond: 1_000 })
    networks[1]!.streams.handle(echo, echoing)
    const stream = await open(networks[0]!, networks[1]!)
    const from = clock.now()
    void stream.send(new Uint8Array(1_000))
    await clock.finish(stream.receive(), 5_000)
    // 1 s on the uplink, then 120 ms each way
    expect(clock.now() - from).toBe(1_240)
  })

  it('makes a sender wait whose frames are not read', async () => {
    const { clock, networks, open } = await meshOf(2)
    let reader: FrameStream | undefined
    networks[1]!.streams.handle(echo, {
      maxFrameBytes: 1_000_000,
      serve: (stream) => {
        reader = stream
        return new Promise(() => {})
      },
    })
    const stream = await open(networks[0]!, networks[1]!, 1_000_000)
    await stream.send(new Uint8Array(1_000_000))
    let sent = false
    void stream.send(new Uint8Array(1_000_000)).then(() => {
      sent = true
    })
    await clock.advance(10_000)
    expect(sent).toBe(false)
    await reader!.receive()
    await clock.advance(0)
    expect(sent).toBe(true)
  })

  it('goes by way of connections only, when it is told to connect nobody', async () => {
    const { clock, networks, heard, say } = await meshOf(3, { topology: 'none' })
    await say(networks[0]!, 'alone')
    await clock.advance(100)
    expect(heard).toEqual([])
    const dial = (from: number, to: number) =>
      clock.finish(networks[from]!.dial(undefined, networks[to]!.addresses(), deadline(clock, 1_000).signal), 2_000)
    expect(await dial(0, 1)).toBe(ids[1])
    await dial(2, 1)
    await say(networks[0]!, 'through the middle')
    await clock.advance(100)
    expect(heard.map(({ peer }) => peer)).toEqual([ids[1], ids[2]])
  })

  it('loses copies of gossip, and only delays streams, at the rate it is given', async () => {
    const { clock, networks, heard, open } = await meshOf(2, { lossRate: 0.5 })
    for (let i = 0; i < 200; i++) await networks[0]!.gossip.publish(topic, Uint8Array.of(1, i))
    await clock.advance(1_000)
    expect(heard.length).toBeGreaterThan(60)
    expect(heard.length).toBeLessThan(140)
    networks[1]!.streams.handle(echo, echoing)
    const stream = await open(networks[0]!, networks[1]!)
    for (let i = 0; i < 20; i++) void stream.send(Uint8Array.of(i))
    const back: number[] = []
    for (let i = 0; i < 20; i++) back.push((await clock.finish(stream.receive(), 60_000))![0]!)
    expect(back).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('leaves no timer behind when its peers have stopped', async () => {
    const { clock, mesh, networks, open } = await meshOf(3)
    networks[1]!.streams.handle(echo, echoing)
    const stream = await open(networks[0]!, networks[1]!)
    mesh.partition([[ids[0]!]])
    await stream.send(Uint8Array.of(1))
    await clock.advance(1_000)
    for (const network of networks) await network.stop()
    await clock.advance(20_000)
    expect(clock.pending).toBe(0)
    expect(mesh.faults).toEqual([])
  })
})
