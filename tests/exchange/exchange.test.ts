import { beforeEach, describe, expect, it } from 'vitest'
import { type Exchange, ExchangeError, exchange, type Misbehaviour } from '../../peer-core/exchange/index.ts'
import { createIdentity, type Network, type PeerId, seededRandom } from '../../peer-core/index.ts'
import { createMemoryMesh, type MemoryMesh } from '../../peer-core/testing/memory-network.ts'
import { createMemoryDisk, type MemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { cutBlob, limits, protocols } from '../../peer-core/wire/index.ts'

interface Node {
  readonly id: PeerId
  readonly network: Network
  readonly disk: MemoryDisk
  readonly exchange: Exchange
  readonly misbehaviour: Misbehaviour[]
}

let clock: VirtualClock
let mesh: MemoryMesh
let nodes: Node[]
const noise = seededRandom('bytes')
const bytes = Uint8Array.from({ length: 20 * limits.chunkBytes + 77 }, () => noise.integer(256))
const never = new AbortController().signal

beforeEach(async () => {
  clock = createVirtualClock()
  mesh = createMemoryMesh({ clock, random: seededRandom('exchange'), bytesPerSecond: 10_000_000 })
  nodes = []
  for (let i = 0; i < 4; i++) {
    const { peerId } = createIdentity(new Uint8Array(32).fill(i + 1))
    const network = mesh.join(peerId)
    const disk = createMemoryDisk()
    const misbehaviour: Misbehaviour[] = []
    const components = { streams: network.streams, blobs: openMemoryStores(disk).blobs, clock, random: seededRandom(i) }
    const node = exchange({ onMisbehaviour: (what) => misbehaviour.push(what) })(components)
    await clock.finish(network.start(), 1_000)
    node.start()
    nodes.push({ id: peerId, network, disk, exchange: node, misbehaviour })
  }
  await clock.advance(1_000)
})

const fetch = (
  from: Node,
  providers: Node[],
  blob: string,
  maxMs = 60_000,
  { maxBytes = 1e8, evenlyForMs = 0 }: { maxBytes?: number; evenlyForMs?: number } = {},
) =>
  clock.finish(
    from.exchange.fetch(blob as never, {
      providers: providers.map((node) => node.id),
      maxBytes,
      evenlyForMs,
      signal: never,
    }),
    maxMs,
  )

/** Answers every WANT as `answer` says. */
function liar(node: Node, answer: (want: Uint8Array) => Uint8Array | undefined): void {
  node.exchange.stop()
  node.network.streams.handle(protocols.exchange, {
    maxFrameBytes: limits.exchangeFrameBytes,
    async serve(stream) {
      for (;;) {
        const want = await stream.receive()
        if (want === undefined) return
        const frame = answer(want)
        if (frame !== undefined) await stream.send(frame)
      }
    },
  })
}

describe('fetch', () => {
  it('gives the bytes that were published, and keeps them to serve', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    expect((await fetch(b, [a], blob)).bytes).toEqual(bytes)
    expect((await fetch(c, [b], blob)).bytes).toEqual(bytes)
  })

  it('takes from several holders at once', async () => {
    const [a, b, c, d] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    await fetch(b, [a], blob)
    await fetch(c, [a], blob)
    const { sources } = await fetch(d, [a, b, c], blob)
    expect(sources.size).toBe(3)
    const taken = [...sources.values()].reduce((sum, count) => sum + count, 0)
    expect(taken).toBe(bytes.length + cutBlob(bytes).manifest.length)
  })

  it('fetches nothing that is here already', async () => {
    const [a] = nodes as [Node]
    const blob = await a.exchange.publish(bytes)
    expect((await fetch(a, [], blob)).sources.size).toBe(0)
  })

  it('finishes when a holder dies in the middle', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    await b.exchange.publish(bytes)
    clock.after(60, () => mesh.kill(a.id))
    expect((await fetch(c, [a, b], blob)).bytes).toEqual(bytes)
  })

  it('goes on where it was cut off', async () => {
    const [a, b] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    const cut = new AbortController()
    clock.after(260, () => cut.abort(new Error('cut')))
    const first = b.exchange.fetch(blob, { providers: [a.id], maxBytes: 1e8, signal: cut.signal })
    await expect(clock.finish(first, 10_000)).rejects.toThrow('cut')
    const { sources, bytes: got } = await fetch(b, [a], blob)
    expect(got).toEqual(bytes)
    const rest = sources.get(a.id) ?? 0
    expect(rest).toBeGreaterThan(0)
    expect(rest).toBeLessThan(bytes.length)
  })

  it('does not wait for a holder that says nothing', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    liar(b, () => undefined)
    expect((await fetch(c, [b, a], blob, 12_000)).bytes).toEqual(bytes)
  })

  it('does not fetch the same bytes twice at once', async () => {
    const [a, b] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    const options = { providers: [a.id], maxBytes: 1e8, signal: never }
    const cut = new AbortController()
    const all = Promise.all([
      b.exchange.fetch(blob, options),
      b.exchange.fetch(blob, options),
      b.exchange.fetch(blob, { ...options, signal: cut.signal }).catch((error: Error) => error.message),
    ])
    clock.after(50, () => cut.abort(new Error('cut')))
    const [first, second, third] = await clock.finish(all, 60_000)
    expect(first.sources.get(a.id)).toBeGreaterThanOrEqual(bytes.length)
    expect(second.sources.size).toBe(0)
    expect(second.bytes).toEqual(bytes)
    expect(third).toBe('cut')
  })

  it('is not held up by a fetch of the same bytes from one that says nothing', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    liar(b, () => undefined)
    const options = { maxBytes: 1e8, signal: never }
    const stuck = c.exchange.fetch(blob, { ...options, providers: [b.id] }).catch(() => undefined)
    const started = clock.now()
    expect((await fetch(c, [a], blob, 4_000)).bytes).toEqual(bytes)
    expect(clock.now() - started).toBeLessThan(3_000)
    await clock.finish(stuck, 60_000)
  })

  it('takes an even share of slow holders, when told to', async () => {
    const [a, b, c, d] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    await b.exchange.publish(bytes)
    mesh.degrade(b.id, { latencyMs: 300 })
    const hasty = await fetch(c, [a, b], blob)
    expect(hasty.sources.get(b.id) ?? 0).toBeLessThan(bytes.length / 4)
    const even = await fetch(d, [a, b], blob, 10_000, { evenlyForMs: 5_000 })
    expect(even.sources.get(b.id)).toBeGreaterThan(bytes.length / 2.5)
    expect(even.bytes).toEqual(bytes)
  })

  it('takes its share of a holder that has it a moment later', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    clock.after(700, () => void b.exchange.publish(bytes))
    const { sources } = await fetch(c, [a, b], blob, 10_000, { evenlyForMs: 3_000 })
    expect(sources.get(b.id)).toBeGreaterThan(bytes.length / 2.5)
  })

  it('waits no longer than it is told to for the share of others', async () => {
    const [a, b, c, d] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    liar(b, () => undefined)
    const started = clock.now()
    const options = { evenlyForMs: 2_000 }
    expect((await fetch(c, [a, b], blob, 12_000, options)).sources.get(a.id)).toBeGreaterThanOrEqual(bytes.length)
    expect(clock.now() - started).toBeLessThan(2_500)
    // One that ends is not waited for at all.
    mesh.kill(b.id)
    await clock.advance(15_000)
    const again = clock.now()
    await fetch(d, [a, b], blob, 12_000, options)
    expect(clock.now() - again).toBeLessThan(1_000)
  })

  it('takes nothing that is not what was asked for, and says who sent it', async () => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    liar(b, (want) => {
      const frame = new Uint8Array(100)
      frame.set(want)
      frame[0] = 2
      return frame
    })
    const { bytes: got, misbehaviour } = await fetch(c, [b, a], blob)
    expect(got).toEqual(bytes)
    expect(misbehaviour).toContainEqual({ peer: b.id, what: 'wrong-hash' })
    expect(c.misbehaviour).toContainEqual({ peer: b.id, what: 'wrong-hash' })
  })

  it('says what is missing when nobody has all of it', async () => {
    const [a, b] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    a.disk.blobs.delete(cutBlob(bytes).chunks[3]!.hash)
    const error = await fetch(b, [a], blob).catch((reason: unknown) => reason)
    expect((error as ExchangeError).fault).toMatchObject({ code: 'INCOMPLETE', of: 21, have: 20 })
  })

  it('refuses a blob above the limit without fetching its chunks', async () => {
    const [a, b] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    const error = await fetch(b, [a], blob, 60_000, { maxBytes: 1_000 }).catch((reason: unknown) => reason)
    expect((error as ExchangeError).fault).toMatchObject({ code: 'TOO_LARGE', bytes: bytes.length, limit: 1_000 })
    expect(b.disk.blobs.size).toBe(0)
  })

  it('says when nobody was to be asked', async () => {
    const [a] = nodes as [Node]
    const error = await fetch(a, [], cutBlob(bytes).id).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ExchangeError)
    expect((error as ExchangeError).code).toBe('NO_PROVIDER')
  })
})

describe('remove', () => {
  it('hangs up on whom it served least lately when too many want something, and takes that for no fault', async () => {
    const [holder, ...takers] = nodes as [Node, Node, Node, Node]
    holder.exchange.stop()
    const components = { streams: holder.network.streams, blobs: openMemoryStores(holder.disk).blobs, clock }
    exchange({ mostServed: 2 })({ ...components, random: seededRandom(0) }).start()
    const ends: string[] = []
    for (const { id, network } of takers) {
      const options = { signal: never, maxFrameBytes: limits.exchangeFrameBytes }
      const stream = await clock.finish(network.streams.open(holder.id, protocols.exchange, options), 1_000)
      stream.receive().then(
        () => ends.push(`${id} was answered`),
        () => ends.push(id),
      )
    }
    await clock.advance(1_000)
    expect(ends).toEqual([takers[0]!.id])
    expect(mesh.faults).toEqual([])
  })

  it('leaves chunks that another blob has too', async () => {
    const [a] = nodes as [Node]
    const longer = new Uint8Array([...bytes.subarray(0, 2 * limits.chunkBytes), 1, 2, 3])
    const [first, second] = [await a.exchange.publish(bytes), await a.exchange.publish(longer)]
    await a.exchange.remove(first)
    expect(await a.exchange.has(first)).toBe(false)
    expect(await a.exchange.read(second)).toEqual(longer)
    await a.exchange.remove(second)
    expect(a.disk.blobs.size).toBe(0)
  })
})

describe('serving', () => {
  it.each([
    ['an unknown kind', Uint8Array.of(9, ...new Uint8Array(32))],
    ['a short frame', Uint8Array.of(1, 2, 3)],
    ['nothing', new Uint8Array(0)],
  ])('hangs up on %s, and goes on with others', async (_, frame) => {
    const [a, b, c] = nodes as [Node, Node, Node, Node]
    const blob = await a.exchange.publish(bytes)
    const speak = async () => {
      const stream = await b.network.streams.open(a.id, protocols.exchange, { signal: never, maxFrameBytes: 100 })
      await stream.send(frame)
      return stream.receive()
    }
    await expect(clock.finish(speak(), 5_000)).rejects.toThrow()
    expect(a.misbehaviour).toContainEqual({ peer: b.id, what: 'malformed' })
    expect((await fetch(c, [a], blob)).bytes).toEqual(bytes)
  })
})
