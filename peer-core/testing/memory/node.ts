/** What one peer of a memory mesh has: plain state, changed by the mesh alone. @module */
import type { PeerId } from '../../foundation/index.ts'
import type { Connection, ProtocolHandler, RecordRules, TopicHandler } from '../../ports/index.ts'
import type { StreamEnd } from './stream.ts'

export interface MemoryNode {
  readonly id: PeerId
  /** its number in the mesh; a restarted peer has another one */
  readonly place: number
  /** `killed` says nothing to anybody any more; `stopped` refuses at once, as a closed port does. */
  state: 'joined' | 'running' | 'stopped' | 'killed'
  readonly connections: Map<PeerId, MemoryConnection>
  /** Those at the other ends of them; absent when a connection came or went since. */
  neighbours: readonly MemoryNode[] | undefined
  readonly topics: Map<string, TopicHandler>
  readonly protocols: Map<string, ProtocolHandler>
  readonly rules: Map<string, RecordRules>
  /** the records and provider claims that it stores for the mesh */
  readonly records: Map<string, Uint8Array>
  readonly provided: Map<string, Set<PeerId>>
  /** until when */
  readonly bans: Map<PeerId, number>
  readonly watchers: Set<() => void>
  readonly traffic: { sent: number; received: number }
  /** gossip messages and frames of streams */
  readonly messages: { sent: number; received: number }
}

/** One connection, as one of its two ends sees it. */
export interface MemoryConnection {
  readonly peer: PeerId
  /** what is told of it, one object for all who look: a seed has thousands, and looks at each newcomer */
  readonly told: Connection
  /** The node at the other end, as it was when the connection was made. */
  readonly remote: MemoryNode
  readonly streams: Set<StreamEnd>
}

export function createNode(id: PeerId, place: number): MemoryNode {
  return {
    id,
    place,
    state: 'joined',
    connections: new Map(),
    neighbours: undefined,
    topics: new Map(),
    protocols: new Map(),
    rules: new Map(),
    records: new Map(),
    provided: new Map(),
    bans: new Map(),
    watchers: new Set(),
    traffic: { sent: 0, received: 0 },
    messages: { sent: 0, received: 0 },
  }
}
