/**
 * Whether the other end of a connection is still there: `/zen-mesh/link/1`, one stream on each direct connection, opened by
 * the end that dialled. Its bytes are `0` alive, `1` goodbye, `2` are you there?
 *
 * A dead WebRTC peer is noticed after 9 to 17 s even when it closed, so that who leaves says goodbye. Who is not heard for
 * {@link askAfterMs}, by any protocol, is asked; who is silent for {@link deadAfterMs} is disconnected. An answer is sent when
 * the question arrives, not by a timer, for timers of hidden tabs run once a minute.
 *
 * libp2p's own connection monitor opens a new stream for each ping and ends busy, healthy connections: it is off.
 * @module
 */
import type { Connection, Stream } from '@libp2p/interface'
import { second } from '../foundation/index.ts'
import { type Clock, sleep } from '../ports/index.ts'
import { protocols } from '../wire/names.ts'
import type { MeshLibp2p } from './mesh-node.ts'
import type { TrafficMeter } from './traffic.ts'

const alive = 0
const goodbye = 1
const areYouThere = 2

export const askAfterMs = 5 * second
export const deadAfterMs = 20 * second
/** how long a goodbye may take to arrive before we close */
const goodbyeMs = 300
const openMs = 5 * second

export interface Links {
  start(): void
  /** Tells everybody, or one connection, and does not wait: it can be called while a page is being closed. */
  sayGoodbye(only?: Connection): void
  /** Tells everybody, and waits a moment for the others to close. */
  leave(): Promise<void>
}

export function createLinks(node: MeshLibp2p, meter: TrafficMeter, clock: Clock): Links {
  const links = new Map<Connection, Stream>()
  const openedAt = new WeakMap<Connection, number>()
  let cancelTick = () => {}
  let lastTick = clock.now()

  const send = (stream: Stream, byte: number) => {
    if (stream.status !== 'open') return
    try {
      stream.send(Uint8Array.of(byte))
    } catch {
      // The stream has just closed, and its connection with it.
    }
  }
  const adopt = (stream: Stream, connection: Connection) => {
    links.set(connection, stream)
    stream.addEventListener('close', () => {
      if (links.get(connection) === stream) links.delete(connection)
    })
    stream.addEventListener('message', ({ data }) => {
      const bytes = data.subarray()
      if (bytes.includes(areYouThere)) send(stream, alive)
      if (bytes.includes(goodbye)) connection.abort(new Error('the other end said goodbye'))
    })
  }
  const open = async (connection: Connection) => {
    openedAt.set(connection, clock.now())
    if (connection.direction === 'inbound' || connection.limits !== undefined) return
    try {
      adopt(await connection.newStream([protocols.link], { signal: AbortSignal.timeout(openMs) }), connection)
    } catch {
      // It does not speak the protocol, or it is gone already: nothing to keep.
    }
  }
  const check = () => {
    const now = clock.now()
    // A machine that slept, or a hidden tab whose timers rest, has heard nobody: that says nothing about them.
    const slept = now - lastTick > 3 * askAfterMs
    lastTick = now
    for (const [connection, stream] of links) {
      if (slept) openedAt.set(connection, now)
      const heard = Math.max(meter.lastHeard(connection) ?? 0, openedAt.get(connection) ?? now)
      if (now - heard >= deadAfterMs) connection.abort(new Error(`silent for ${deadAfterMs} ms`))
      else if (now - heard >= askAfterMs) send(stream, areYouThere)
    }
  }
  const tick = () => {
    check()
    cancelTick = clock.after(askAfterMs, tick)
  }
  const onOpen = ({ detail }: CustomEvent<Connection>) => void open(detail)

  return {
    start() {
      lastTick = clock.now()
      node.addEventListener('connection:open', onOpen)
      cancelTick = clock.after(askAfterMs, tick)
      void node.handle(protocols.link, adopt, { maxInboundStreams: 2, maxOutboundStreams: 2 })
    },
    sayGoodbye(only) {
      for (const [connection, stream] of links) if (only === undefined || only === connection) send(stream, goodbye)
    },
    async leave() {
      cancelTick()
      node.removeEventListener('connection:open', onOpen)
      const closed = [...links.values()].map(
        (stream) => new Promise((resolve) => stream.addEventListener('close', resolve)),
      )
      this.sayGoodbye()
      const patience = new AbortController()
      const waited = sleep(clock, goodbyeMs, patience.signal).catch(() => {})
      await Promise.race([Promise.all(closed), waited])
      patience.abort()
    },
  }
}
