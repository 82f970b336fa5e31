/**
 * Counts bytes by path, as libp2p's metrics.
 *
 * What is counted: the bytes of every protocol's streams (gossip, DHT, identify and our own) with their framing, and without
 * encryption, multiplexing and transport headers, for WebRTC does not let those be seen. A relayed connection travels inside
 * streams of the circuit protocols; it is counted once, at its ends, as `relayed`. What a relay passes on is not counted.
 * @module
 */
import type { Connection, CounterGroup, HistogramGroup, Metrics, Stream, SummaryGroup } from '@libp2p/interface'
import type { Clock, Path } from '../ports/index.ts'
import { pathOf } from './addresses.ts'

type Way = 'sent' | 'received'

export interface TrafficMeter {
  /** For libp2p's `metrics`. */
  readonly metrics: () => Metrics
  /** Where streams are looked for; called once, when the node exists. */
  attach(connections: () => readonly Connection[]): void
  read(): Partial<Record<Path, { sent: number; received: number }>>
  /** When the other end was last heard on a connection, by any protocol. */
  lastHeard(connection: Connection): number | undefined
}

const carriesCircuits = /^\/libp2p\/circuit\/relay\//

export function createTrafficMeter(clock: Clock): TrafficMeter {
  const totals = new Map<Path, { sent: number; received: number }>()
  const heard = new WeakMap<Connection, number>()
  let connections: () => readonly Connection[] = () => []

  const count = (path: Path, way: Way, bytes: number) => {
    let total = totals.get(path)
    if (total === undefined) {
      total = { sent: 0, received: 0 }
      totals.set(path, total)
    }
    total[way] += bytes
  }

  const track = (stream: Stream) => {
    if (carriesCircuits.test(stream.protocol)) return
    let connection: Connection | undefined
    let path: Path | undefined
    // A connection's first streams open before libp2p lists the connection.
    const early = { sent: 0, received: 0 }
    const onBytes = (way: Way, bytes: number) => {
      connection ??= connections().find((candidate) => candidate.streams.includes(stream))
      if (connection !== undefined && way === 'received') heard.set(connection, clock.now())
      path ??= connection && pathOf(connection.remoteAddr.toString())
      if (path === undefined) {
        early[way] += bytes
        return
      }
      count(path, 'sent', early.sent)
      count(path, 'received', early.received)
      early.sent = 0
      early.received = 0
      count(path, way, bytes)
    }
    // A `message` listener would make the stream let go of bytes before its protocol listens: watch the dispatch instead.
    const dispatch = stream.dispatchEvent.bind(stream)
    stream.dispatchEvent = (event) => {
      if (event.type === 'message')
        onBytes('received', (event as Event & { data: { byteLength: number } }).data.byteLength)
      return dispatch(event)
    }
    const send = stream.send.bind(stream)
    stream.send = (data) => {
      const canSendMore = send(data)
      onBytes('sent', data.byteLength)
      return canSendMore
    }
  }

  return {
    metrics: () => ({ ...noMetrics, trackProtocolStream: track }),
    attach(list) {
      connections = list
    },
    read: () => Object.fromEntries([...totals].map(([path, total]) => [path, { ...total }])),
    lastHeard: (connection) => heard.get(connection),
  }
}

const nothing = () => {}
const timer = () => nothing
const metric = { update: nothing, increment: nothing, decrement: nothing, reset: nothing, timer }
const observer = { observe: nothing, reset: nothing, timer }
const groupObserver: HistogramGroup & SummaryGroup = observer
const counterGroup: CounterGroup = { increment: nothing, reset: nothing }

/** libp2p offers a hundred metrics; we keep none of them. */
const noMetrics: Metrics = {
  trackMultiaddrConnection: nothing,
  trackProtocolStream: nothing,
  registerMetric: () => metric,
  registerMetricGroup: () => metric,
  registerCounter: () => ({ increment: nothing, reset: nothing }),
  registerCounterGroup: () => counterGroup,
  registerHistogram: () => observer,
  registerHistogramGroup: () => groupObserver,
  registerSummary: () => observer,
  registerSummaryGroup: () => groupObserver,
  traceFunction: <F>(_name: string, traced: F): F => traced,
  createTrace: nothing,
}
