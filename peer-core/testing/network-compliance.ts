/**
 * What every {@link Network} must show, between networks that begin unconnected.
 *
 * Waits are for something that must happen, up to a deadline that only a broken adapter reaches.
 * @module
 */
import {
  createIdentity,
  kiB,
  messageOf,
  type PeerId,
  second,
  sha256,
  utf8ToBytes,
  ZenError,
} from '../foundation/index.ts'
import { type FrameStream, type Network, type ProtocolHandler, realClock, sleep, type Verdict } from '../ports/index.ts'
import { type ComplianceCase, expectEqual, expectFault } from './compliance.ts'

const topic = `zen-mesh/1/${sha256(utf8ToBytes('compliance'))}/control`
const echo = '/zen-mesh/compliance-echo/1'
const patienceMs = 15 * second
const frameBytes = 64 * kiB

/** `create` gives a network that is not started and is told of nobody; whoever hands it over also stops it. */
export const networkCases: readonly ComplianceCase<Network>[] = [
  {
    name: 'connects, and both ends list the connection with its direction',
    async run(create) {
      const [a, b] = await started(create, 2)
      expectEqual(await a.dial(b.self, b.addresses(), patience()), b.self)
      await eventually(() => b.connections().length === 1, 'the dialled end lists the connection')
      expectEqual(shown(a), [[b.self, false]])
      expectEqual(shown(b), [[a.self, true]])
      expectEqual(a.connections()[0]?.path, b.connections()[0]?.path)
    },
  },
  {
    name: 'learns whom it reached when the address does not say',
    async run(create) {
      const [a, b] = await started(create, 2)
      expectEqual(await a.dial(undefined, b.addresses(), patience()), b.self)
    },
  },
  {
    name: 'tells when connections open and close, at both ends',
    async run(create) {
      const [a, b] = await started(create, 2)
      const seen: string[] = []
      const stop = a.onConnections(() => seen.push(`a ${a.connections().length}`))
      b.onConnections(() => seen.push(`b ${b.connections().length}`))
      await connect(a, b)
      await eventually(() => seen.includes('a 1') && seen.includes('b 1'), 'both are told that it opened')
      await a.disconnect(b.self)
      await eventually(() => seen.includes('a 0') && seen.includes('b 0'), 'both are told that it closed')
      stop()
      const before = seen.length
      await connect(a, b)
      await eventually(() => b.connections().length === 1, 'they connect again')
      expectEqual(
        seen.slice(before).filter((line) => line.startsWith('a')),
        [],
      )
    },
  },
  {
    name: 'refuses to dial who is not there, by the deadline at the latest',
    async run(create) {
      const [a, b] = await started(create, 2)
      const addresses = b.addresses()
      await b.stop()
      await expectRejected(a.dial(b.self, addresses, AbortSignal.timeout(1_000)))
      await expectRejected(a.dial(b.self, [], AbortSignal.timeout(1_000)))
      expectEqual(a.connections(), [])
    },
  },
  {
    name: 'delivers a message once, to the others, whole',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      const heard = listen(b)
      const own = listen(a)
      await heardOf(a, heard, 'ready')
      const message = filled(64 * kiB, 7)
      await a.gossip.publish(topic, message)
      await a.gossip.publish(topic, message)
      await heardOf(a, heard, 'after')
      expectEqual(
        heard.filter(({ data }) => data.length === message.length).map(({ data }) => sha256(data)),
        [sha256(message)],
      )
      expectEqual(new Set(heard.map(({ from }) => from)), new Set([a.self]))
      expectEqual(own, [])
    },
  },
  {
    name: 'hands on what a validator accepts, and nothing that it rejects or ignores',
    async run(create) {
      const [a, b, c] = await started(create, 3)
      await connect(a, b)
      await connect(b, c)
      const atB = listen(b, (text) =>
        text.startsWith('bad') ? 'reject' : text.startsWith('dull') ? 'ignore' : 'accept',
      )
      const atC = listen(c)
      await heardOf(a, atC, 'ready')
      for (const text of ['bad 1', 'dull 2', 'good 3']) await a.gossip.publish(topic, utf8ToBytes(text))
      await heardOf(a, atC, 'after')
      const texts = (heard: Heard[]) => heard.map(({ text }) => text).filter((text) => / \d$/.test(text))
      expectEqual(texts(atB), ['good 3'])
      expectEqual(texts(atC), ['good 3'])
      expectEqual(new Set(atC.map(({ from }) => from)), new Set([b.self]))
    },
  },
  {
    name: 'lives on when a validator or a handler of gossip throws',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      let calls = 0
      b.gossip.subscribe(topic, {
        validate(data) {
          if (data[0] === 1) throw new Error('the validator broke')
          return 'accept'
        },
        deliver() {
          calls++
          throw new Error('the handler broke')
        },
      })
      await eventually(async () => {
        await a.gossip.publish(topic, Uint8Array.of(1, ...utf8ToBytes(crypto.randomUUID())))
        await a.gossip.publish(topic, Uint8Array.of(2, ...utf8ToBytes(crypto.randomUUID())))
        return calls > 2
      }, 'messages go on arriving')
    },
  },
  {
    name: 'refuses to publish more than a message may have, and publishes to nobody without complaint',
    async run(create) {
      const [a] = await started(create, 1)
      await a.gossip.publish(topic, filled(64 * kiB, 1))
      const error = await a.gossip.publish(topic, filled(64 * kiB + 1, 1)).then(
        () => undefined,
        (thrown) => thrown,
      )
      expectEqual(error instanceof RangeError, true)
    },
  },
  {
    name: 'hears no more after it unsubscribed, and takes a new handler then',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      const first: Heard[] = []
      const stop = b.gossip.subscribe(topic, handlerOf(first))
      await heardOf(a, first, 'ready')
      stop()
      const second = listen(b)
      await heardOf(a, second, 'again')
      expectEqual(
        first.some(({ text }) => text.startsWith('again')),
        false,
      )
    },
  },
  {
    name: 'carries frames of any length in order, both ways',
    async run(create) {
      const [, , stream] = await pair(create, echoing())
      const frames = [0, 1, 127, 128, 16_384, frameBytes].map((length, i) => filled(length, i))
      for (const frame of frames) await stream.send(frame)
      for (const frame of frames) expectEqual(await stream.receive(patience()), frame)
    },
  },
  {
    name: 'keeps streams apart, also many at once',
    async run(create) {
      const [a, b] = await served(create, echoing())
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, i) => {
          const stream = await open(a, b)
          await stream.send(Uint8Array.of(i))
          const answer = await stream.receive(patience())
          await stream.close()
          return answer?.[0]
        }),
      )
      expectEqual(
        answers,
        Array.from({ length: 20 }, (_, i) => i),
      )
    },
  },
  {
    name: 'lets the other end answer after we closed our direction',
    async run(create) {
      const received: number[] = []
      const [, , stream] = await pair(create, {
        maxFrameBytes: frameBytes,
        async serve(served) {
          for (let frame = await served.receive(); frame; frame = await served.receive()) received.push(frame[0] ?? -1)
          await served.send(Uint8Array.of(received.length))
        },
      })
      for (const byte of [1, 2, 3]) await stream.send(Uint8Array.of(byte))
      await stream.close()
      await stream.close()
      expectEqual(await stream.receive(patience()), Uint8Array.of(3))
      expectEqual(await stream.receive(patience()), undefined)
      expectEqual(received, [1, 2, 3])
      await expectEnded(stream.send(Uint8Array.of(4)))
    },
  },
  {
    name: 'aborts a stream on a frame above the limit, ours or theirs, before it is received',
    async run(create) {
      const outcome = Promise.withResolvers<unknown>()
      const [a, b] = await served(create, {
        maxFrameBytes: 100,
        async serve(stream) {
          await stream.receive(patience()).then(outcome.resolve, outcome.reject)
        },
      })
      const generous = await open(a, b, 1_000)
      await generous.send(filled(101, 1)).catch(() => {})
      await expectFault(outcome.promise, { code: 'FRAME_TOO_LARGE', bytes: 101, limit: 100 })
      await expectEnded(generous.receive(patience()))
      const strict = await open(a, b, 10)
      await expectFault(strict.send(filled(11, 1)), { code: 'FRAME_TOO_LARGE', bytes: 11, limit: 10 })
      await expectEnded(strict.send(filled(1, 1)))
    },
  },
  {
    name: 'gives up a wait for a frame when its signal aborts, and loses none for it',
    async run(create) {
      const [, , stream] = await pair(create, echoing())
      await expectRejected(stream.receive(AbortSignal.timeout(20)))
      await stream.send(Uint8Array.of(5))
      expectEqual(await stream.receive(patience()), Uint8Array.of(5))
    },
  },
  {
    name: 'tells the other end of an abort',
    async run(create) {
      const outcome = Promise.withResolvers<unknown>()
      const [, , stream] = await pair(create, {
        maxFrameBytes: frameBytes,
        async serve(served) {
          await served.send((await served.receive(patience()))!)
          await served.receive(patience()).then(outcome.resolve, outcome.reject)
        },
      })
      await stream.send(Uint8Array.of(1))
      await stream.receive(patience())
      stream.abort(new Error('enough'))
      await expectEnded(outcome.promise)
      await expectRejected(stream.receive(patience()))
      await expectRejected(stream.send(Uint8Array.of(2)))
    },
  },
  {
    name: 'lives on when a handler throws: its stream ends, and the next one works',
    async run(create) {
      const [a, b] = await served(create, {
        maxFrameBytes: frameBytes,
        async serve(stream) {
          const frame = await stream.receive(patience())
          if (frame?.[0] === 1) throw new Error('the handler broke')
          await stream.send(Uint8Array.of(9))
        },
      })
      const first = await open(a, b)
      await first.send(Uint8Array.of(1))
      await expectEnded(first.receive(patience()))
      const next = await open(a, b)
      await next.send(Uint8Array.of(2))
      expectEqual(await next.receive(patience()), Uint8Array.of(9))
    },
  },
  {
    name: 'says so when the other end does not speak the protocol',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      await expectFault(open(a, b), { code: 'PROTOCOL_UNKNOWN', peer: b.self, protocol: echo })
    },
  },
  {
    name: 'refuses a stream to an unknown peer by the deadline',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      const stranger = createIdentity().peerId
      const options = { signal: AbortSignal.timeout(500), maxFrameBytes: 10 }
      await expectRejected(a.streams.open(stranger, echo, options))
    },
  },
  {
    name: 'ends streams when their connection does',
    async run(create) {
      const [a, b, stream] = await pair(create, echoing())
      await stream.send(Uint8Array.of(1))
      await stream.receive(patience())
      const waiting = stream.receive(patience())
      waiting.catch(() => {})
      await b.disconnect(a.self)
      await expectEnded(waiting)
    },
  },
  {
    name: 'finds a record that another put, and keeps what its rules refuse out',
    async run(create) {
      const [a, b] = await started(create, 2)
      for (const network of [a, b]) network.setRecordRules('zen-test', evenRecords)
      await connect(a, b)
      const record = Uint8Array.of(2, 4)
      await eventually(async () => {
        await a.directory.put('/zen-test/key', record, AbortSignal.timeout(2_000)).catch(() => {})
        const found = await b.directory.get('/zen-test/key', AbortSignal.timeout(2_000)).catch(() => undefined)
        return found !== undefined && sha256(found) === sha256(record)
      }, 'the other one finds the record')
      const odd = Uint8Array.of(1)
      await expectFault(a.directory.put('/zen-test/key', odd, patience()), {
        code: 'RECORD_REFUSED',
        key: '/zen-test/key',
      })
      await expectFault(a.directory.put('/other/key', odd, patience()), { code: 'NO_RECORD_RULES', key: '/other/key' })
      expectEqual(await b.directory.get('/zen-test/none', patience()), undefined)
    },
  },
  {
    name: 'finds who provides what a hash names',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      const hash = sha256(utf8ToBytes('content'))
      let found: PeerId[] = []
      await eventually(async () => {
        await a.directory.provide(hash, AbortSignal.timeout(2_000)).catch(() => {})
        found = await b.directory.providers(hash, 5, AbortSignal.timeout(2_000)).catch(() => [])
        return found.length > 0
      }, 'the provider is found')
      expectEqual(found, [a.self])
      expectEqual(await b.directory.providers(sha256(utf8ToBytes('nobody has it')), 5, patience()), [])
    },
  },
  {
    name: 'ends a directory call with its signal',
    async run(create) {
      const [a] = await started(create, 1)
      const aborted = AbortSignal.abort(new Error('too late'))
      await expectRejected(a.directory.provide(sha256(utf8ToBytes('x')), aborted))
      await expectRejected(a.directory.providers(sha256(utf8ToBytes('x')), 1, aborted))
    },
  },
  {
    name: 'refuses a banned peer, whoever dials, until the ban ends',
    async run(create) {
      const [a, b] = await started(create, 2)
      await connect(a, b)
      await eventually(() => b.connections().length === 1, 'they are connected')
      a.ban(b.self, 60 * second)
      await eventually(() => a.connections().length + b.connections().length === 0, 'the ban ends the connection')
      await expectFault(a.dial(b.self, b.addresses(), patience()), { code: 'BANNED', peer: b.self })
      const options = { signal: patience(), maxFrameBytes: 10 }
      await expectFault(a.streams.open(b.self, echo, options), { code: 'BANNED', peer: b.self })
      await b.dial(a.self, a.addresses(), AbortSignal.timeout(2_000)).catch(() => {})
      await eventually(() => a.connections().length + b.connections().length === 0, 'it is refused')
      a.ban(b.self, 0)
      await eventually(() => a.dial(b.self, b.addresses(), patience()).then(() => true), 'the ban ends')
    },
  },
  {
    name: 'counts the bytes of streams by path, at both ends',
    async run(create) {
      const [a, b, stream] = await pair(create, echoing())
      await stream.send(filled(10_000, 1))
      await stream.receive(patience())
      for (const network of [a, b]) {
        const path = network.connections()[0]!.path
        const { sent, received } = network.traffic()[path] ?? { sent: 0, received: 0 }
        expectEqual([path, sent >= 10_000, received >= 10_000], [path, true, true])
        expectEqual(Object.keys(network.traffic()), [path])
      }
    },
  },
  {
    name: 'leaves with a goodbye, and does nothing more',
    async run(create) {
      const [a, b] = await served(create, echoing())
      await open(a, b)
      await b.stop()
      await eventually(() => a.connections().length === 0, 'the other end sees it leave')
      expectEqual(b.connections(), [])
      await expectRejected(b.dial(a.self, a.addresses(), patience()))
      await expectRejected(b.streams.open(a.self, echo, { signal: patience(), maxFrameBytes: 10 }))
      await b.gossip.publish(topic, Uint8Array.of(1))
      await b.stop()
    },
  },
]

interface Heard {
  readonly text: string
  readonly data: Uint8Array
  readonly from: PeerId
}

const evenRecords = {
  validate: (_key: string, record: Uint8Array) => record.every((byte) => byte % 2 === 0),
  select: () => 0,
}

function patience(): AbortSignal {
  return AbortSignal.timeout(patienceMs)
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

function shown(network: Network) {
  return network.connections().map(({ peer, inbound }) => [peer, inbound])
}

type Many<N extends number> = N extends 1 ? [Network] : N extends 2 ? [Network, Network] : [Network, Network, Network]

async function started<N extends 1 | 2 | 3>(create: () => Promise<Network>, count: N): Promise<Many<N>> {
  const networks: Network[] = []
  for (let i = 0; i < count; i++) {
    const network = await create()
    await network.start()
    networks.push(network)
  }
  return networks as Many<N>
}

async function connect(a: Network, b: Network): Promise<void> {
  await a.dial(b.self, b.addresses(), patience())
}

/** Two connected networks; the second serves the echo protocol. */
async function served(create: () => Promise<Network>, handler: ProtocolHandler): Promise<[Network, Network]> {
  const [a, b] = await started(create, 2)
  b.streams.handle(echo, handler)
  await connect(a, b)
  return [a, b]
}

async function pair(
  create: () => Promise<Network>,
  handler: ProtocolHandler,
): Promise<[Network, Network, FrameStream]> {
  const [a, b] = await served(create, handler)
  return [a, b, await open(a, b)]
}

function open(a: Network, b: Network, maxFrameBytes: number = frameBytes): Promise<FrameStream> {
  return a.streams.open(b.self, echo, { signal: patience(), maxFrameBytes })
}

function echoing(): ProtocolHandler {
  return {
    maxFrameBytes: frameBytes,
    async serve(stream) {
      for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive())
        await stream.send(frame)
    },
  }
}

function handlerOf(heard: Heard[], judge: (text: string) => Verdict = () => 'accept') {
  const textOf = (data: Uint8Array) => new TextDecoder().decode(data.subarray(0, 64))
  return {
    validate: (data: Uint8Array) => judge(textOf(data)),
    deliver: (data: Uint8Array, from: PeerId) => void heard.push({ text: textOf(data), data, from }),
  }
}

function listen(network: Network, judge?: (text: string) => Verdict): Heard[] {
  const heard: Heard[] = []
  network.gossip.subscribe(topic, handlerOf(heard, judge))
  return heard
}

/** Publishes `word`, each time anew, until it is heard: subscriptions take a moment to be known. */
async function heardOf(from: Network, heard: readonly Heard[], word: string): Promise<void> {
  await eventually(async () => {
    await from.gossip.publish(topic, utf8ToBytes(`${word} ${crypto.randomUUID()}`))
    return heard.some(({ text }) => text.startsWith(word))
  }, `“${word}” is heard`)
}

async function eventually(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = realClock.now() + patienceMs
  while (!(await condition())) {
    if (realClock.now() > end) throw new Error(`waited in vain until ${what}`)
    await sleep(realClock, 10)
  }
}

/** Rejects because it ended, not because we lost patience. */
async function expectEnded(promise: Promise<unknown>): Promise<void> {
  const thrown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(thrown instanceof ZenError)) throw new Error(`expected the stream to have ended, got ${messageOf(thrown)}`)
}

async function expectRejected(promise: Promise<unknown>): Promise<void> {
  const settled = await promise.then(
    () => 'resolved',
    () => 'rejected',
  )
  if (settled !== 'rejected') throw new Error('expected a rejection')
}
