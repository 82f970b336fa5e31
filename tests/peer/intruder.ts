/**
 * A peer of a test's own making, on any network: says it trains, and from then on does as the test says. Honest peers never
 * send what it sends.
 */
import type { Identity, Network, PeerId, TaskId } from '../../peer-core/index.ts'
import { type Contribution, controlTopic, cutBlob, limits, protocols, seal } from '../../peer-core/wire/index.ts'

export interface Intruder {
  readonly id: PeerId
  readonly network: Network
  /** What it hands over, by hash; tests take from it or falsify it. */
  readonly served: Map<string, Uint8Array>
  /** To these it sends a frame that is none. */
  readonly liesTo: Set<PeerId>
  present(status: string): Promise<void>
  /** Announces `bytes` as its contribution on `base`. */
  offer(bytes: Uint8Array, on: { round: number; base: string }, change?: Partial<Contribution>): Promise<void>
  /** Speaks a protocol wrongly. */
  garbage(to: PeerId, protocol: string): Promise<void>
}

/** The network is started and connected. */
export function createIntruder(identity: Identity, network: Network, task: TaskId, now: () => number): Intruder {
  const served = new Map<string, Uint8Array>()
  const liesTo = new Set<PeerId>()
  network.gossip.subscribe(controlTopic(task), { validate: () => 'accept', deliver: () => undefined })
  network.streams.handle(protocols.exchange, {
    maxFrameBytes: limits.exchangeFrameBytes,
    async serve(stream) {
      for (;;) {
        const want = await stream.receive()
        if (want === undefined) return
        if (liesTo.has(stream.peer)) return stream.send(Uint8Array.of(0xff, 0, 1))
        const chunk = served.get(Buffer.from(want.subarray(1, 33)).toString('hex'))
        const frame = new Uint8Array(33 + (chunk?.length ?? 0))
        frame.set(want.subarray(0, 33))
        frame[0] = chunk === undefined ? 3 : 2
        if (chunk !== undefined) frame.set(chunk, 33)
        await stream.send(frame)
      }
    },
  })
  const say = (type: 'presence' | 'contribution', value: object) =>
    network.gossip.publish(controlTopic(task), seal(identity, type, value).bytes)
  return {
    id: identity.peerId,
    network,
    served,
    liesTo,
    present: (status) =>
      say('presence', { task, at: now(), status, round: 0, role: 'contributor', engine: 'none', addresses: [] }),
    async offer(bytes, on, change = {}) {
      const { id, manifest, chunks } = cutBlob(bytes)
      served.set(id, manifest)
      for (const chunk of chunks) served.set(chunk.hash, chunk.bytes)
      await say('contribution', {
        task,
        ...on,
        peer: identity.peerId,
        sequence: 0,
        delta: id,
        bytes: bytes.length,
        examples: 10,
        steps: 10,
        loss: 1,
        at: now(),
        ...change,
      })
    },
    async garbage(to, protocol) {
      const signal = AbortSignal.timeout(5_000)
      const stream = await network.streams.open(to, protocol, { signal, maxFrameBytes: 1024 })
      await stream.send(Uint8Array.of(0xff, 0, 1))
    },
  }
}
