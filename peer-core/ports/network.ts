/**
 * The network as a peer sees it: publish and subscribe, streams between two peers, records in a directory, and who is
 * connected how. libp2p stands behind it in browsers and on seeds; a memory network in tests and in the simulator.
 * @module
 */
import type { PeerId } from '../foundation/index.ts'

/**
 * What a topic's validator says *before* a message is forwarded: `accept` delivers and forwards, `ignore` drops it,
 * `reject` drops it and lowers the sender's transport score.
 */
export type Verdict = 'accept' | 'ignore' | 'reject'

export interface TopicHandler {
  /** Synchronous work only as far as it can be: it stands between a message and its neighbours. */
  validate(data: Uint8Array, from: PeerId): Verdict | Promise<Verdict>
  /** Called once for every accepted message, never for our own. `from` is the neighbour it came through. */
  deliver(data: Uint8Array, from: PeerId): void
}

export interface Gossip {
  /** Resolves when the message is handed to the neighbours. @throws {RangeError} above `limits.gossipBytes` */
  publish(topic: string, data: Uint8Array): Promise<void>
  /** One handler a topic. @returns unsubscribes */
  subscribe(topic: string, handler: TopicHandler): () => void
}

/** How bytes travel between two peers. `webrtc` is direct between browsers; `relayed` passes through a relay. */
export type Path = 'webrtc' | 'webrtc-direct' | 'websocket' | 'tcp' | 'relayed' | 'memory'

export interface Connection {
  readonly peer: PeerId
  readonly path: Path
  /** multiaddr of the remote end */
  readonly address: string
  readonly inbound: boolean
}

/** A stream of frames. A frame is bytes with a length in front; one above the protocol's limit aborts the stream. */
export interface FrameStream {
  readonly peer: PeerId
  readonly path: Path
  /** Resolves when the frame is taken; rejects when the stream is closed or aborted. */
  send(frame: Uint8Array): Promise<void>
  /** The next frame, or `undefined` when the remote end has closed. Rejects on abort and on `signal`. */
  receive(signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Ends our direction; safe to call twice. */
  close(): Promise<void>
  abort(reason: Error): void
}

export interface ProtocolHandler {
  readonly maxFrameBytes: number
  /** Whether it may run over a relayed (limited) connection. */
  readonly overRelay?: boolean
  /** An exception aborts the stream and nothing else. */
  serve(stream: FrameStream): Promise<void>
}

export interface Streams {
  /** @returns stops serving */
  handle(protocol: string, handler: ProtocolHandler): () => void
  /** @throws when the peer is not reachable before `signal` aborts */
  open(peer: PeerId, protocol: string, options: { signal: AbortSignal; maxFrameBytes: number }): Promise<FrameStream>
}

/** Records and providers in the DHT. All calls are best effort and end with `signal`. */
export interface Directory {
  /** `key` looks like `/zen-task/<id>`; the namespace's validator must accept `record`. */
  put(key: string, record: Uint8Array, signal: AbortSignal): Promise<void>
  get(key: string, signal: AbortSignal): Promise<Uint8Array | undefined>
  /** Tells that we hold what `hash` (64 hex digits) names. */
  provide(hash: string, signal: AbortSignal): Promise<void>
  /** Up to `limit` peers that said so. */
  providers(hash: string, limit: number, signal: AbortSignal): Promise<PeerId[]>
}

/** Accepts or refuses a directory record, and picks the best of several (its index). */
export interface RecordRules {
  validate(key: string, record: Uint8Array): boolean
  select(key: string, records: readonly Uint8Array[]): number
}

export interface Network {
  readonly self: PeerId
  readonly gossip: Gossip
  readonly streams: Streams
  readonly directory: Directory
  /** Rules for the directory's namespaces: `zen-task` for keys `/zen-task/…`. */
  setRecordRules(namespace: string, rules: RecordRules): void
  start(): Promise<void>
  /** Says goodbye, closes what it opened, and resolves when nothing of it is left. */
  stop(): Promise<void>
  /** Our own addresses, as others can dial them. */
  addresses(): string[]
  connections(): Connection[]
  /** Tries the addresses, the best path first. @throws when none answers before `signal` aborts */
  dial(peer: PeerId | undefined, addresses: readonly string[], signal: AbortSignal): Promise<PeerId>
  disconnect(peer: PeerId): Promise<void>
  /** A peer's bytes broke a protocol: refuse it for a while. */
  ban(peer: PeerId, ms: number): void
  /** Called after a connection opened or closed. @returns stops it */
  onConnections(call: () => void): () => void
  /** Bytes sent and received since the start, by path. */
  traffic(): Readonly<Partial<Record<Path, { sent: number; received: number }>>>
}
