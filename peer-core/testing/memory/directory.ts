/**
 * Records and providers of a memory mesh: the `k` closest peers that can be reached over connections store what their own
 * rules accept (Maymounkov, Mazières, "Kademlia", IPTPS 2002).
 *
 * Departure from Kademlia: who is closest is known without routing, a query takes one round trip, and nothing expires.
 * @module
 */
import { type PeerId, sha256, utf8ToBytes } from '../../foundation/index.ts'
import { NetworkError } from '../../network/errors.ts'
import { type Clock, type Directory, sleep } from '../../ports/index.ts'
import type { Links } from './links.ts'
import type { MemoryNode } from './node.ts'

export interface DirectoryWorld {
  readonly clock: Clock
  readonly links: Links
  readonly nodes: ReadonlyMap<PeerId, MemoryNode>
  /** Whether there is a way from one to the other over connections. */
  reaches(from: MemoryNode, to: MemoryNode): boolean
}

/** Kademlia's `k`. */
const closestCount = 20

export function createDirectory(world: DirectoryWorld, self: MemoryNode): Directory {
  /** As far as 32 bits of their hashes tell. */
  const closest = (key: string): MemoryNode[] => {
    const target = leadingBits(key)
    return [...world.nodes.values()]
      .filter((node) => node.state === 'running' && world.reaches(self, node))
      .map((node) => ({ node, distance: (pointOf(node) ^ target) >>> 0 }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, closestCount)
      .map(({ node }) => node)
  }
  const reach = async (key: string, signal: AbortSignal): Promise<MemoryNode[]> => {
    const [neighbour] = self.connections.keys()
    // A query is one way there and one back.
    const roundTrip = neighbour === undefined ? 0 : 2 * world.links.delayMs(self.id, neighbour, 0, true)
    await sleep(world.clock, roundTrip, signal)
    return closest(key)
  }
  return {
    async put(key, record, signal) {
      const rules = rulesOf(self, key)
      if (rules === undefined) throw new NetworkError({ code: 'NO_RECORD_RULES', key })
      if (!rules.validate(key, record)) throw new NetworkError({ code: 'RECORD_REFUSED', key })
      for (const node of await reach(key, signal)) store(node, key, record)
    },
    async get(key, signal) {
      const rules = rulesOf(self, key)
      if (rules === undefined) throw new NetworkError({ code: 'NO_RECORD_RULES', key })
      const found = (await reach(key, signal)).flatMap((node) => node.records.get(key) ?? [])
      const valid = found.filter((record) => rules.validate(key, record))
      if (valid.length === 0) return undefined
      return valid[rules.select(key, valid)]?.slice()
    },
    async provide(hash, signal) {
      for (const node of await reach(hash, signal)) {
        const providers = node.provided.get(hash) ?? new Set<PeerId>()
        node.provided.set(hash, providers.add(self.id))
      }
    },
    async providers(hash, limit, signal) {
      const found = new Set<PeerId>()
      for (const node of await reach(hash, signal)) for (const peer of node.provided.get(hash) ?? []) found.add(peer)
      found.delete(self.id)
      return [...found].slice(0, limit)
    },
  }
}

/** Where a peer stands among keys. */
const points = new WeakMap<MemoryNode, number>()

function pointOf(node: MemoryNode): number {
  const known = points.get(node) ?? leadingBits(node.id)
  points.set(node, known)
  return known
}

function leadingBits(text: string): number {
  return Number.parseInt(sha256(utf8ToBytes(text)).slice(0, 8), 16)
}

function rulesOf(node: MemoryNode, key: string) {
  return node.rules.get(key.split('/')[1] ?? '')
}

function store(node: MemoryNode, key: string, record: Uint8Array): void {
  const rules = rulesOf(node, key)
  if (rules === undefined || !rules.validate(key, record)) return
  const known = node.records.get(key)
  const candidates = known === undefined ? [record] : [known, record]
  const best = candidates[rules.select(key, candidates)]
  if (best !== undefined) node.records.set(key, best.slice())
}
