/**
 * Records and providers of a memory mesh. Every peer that can be reached over connections stores what its own rules accept.
 *
 * Departure from Kademlia: all peers of a component are "closest"; nothing expires.
 * @module
 */
import type { PeerId } from '../../foundation/index.ts'
import { NetworkError } from '../../network/errors.ts'
import { type Clock, type Directory, sleep } from '../../ports/index.ts'
import type { Links } from './links.ts'
import type { MemoryNode } from './node.ts'

export interface DirectoryWorld {
  readonly clock: Clock
  readonly links: Links
  /** The peers that `from` reaches over connections, itself first. */
  component(from: MemoryNode): MemoryNode[]
}

export function createDirectory(world: DirectoryWorld, self: MemoryNode): Directory {
  const reach = async (signal: AbortSignal): Promise<MemoryNode[]> => {
    const nodes = world.component(self)
    const neighbour = nodes[1]?.id
    // A query is one way there and one back.
    const roundTrip = neighbour === undefined ? 0 : 2 * world.links.delayMs(self.id, neighbour, 0, true)
    await sleep(world.clock, roundTrip, signal)
    return nodes.filter((node) => node.state === 'running')
  }
  return {
    async put(key, record, signal) {
      const rules = rulesOf(self, key)
      if (rules === undefined) throw new NetworkError({ code: 'NO_RECORD_RULES', key })
      if (!rules.validate(key, record)) throw new NetworkError({ code: 'RECORD_REFUSED', key })
      for (const node of await reach(signal)) store(node, key, record)
    },
    async get(key, signal) {
      const rules = rulesOf(self, key)
      if (rules === undefined) throw new NetworkError({ code: 'NO_RECORD_RULES', key })
      const found = (await reach(signal)).flatMap((node) => node.records.get(key) ?? [])
      const valid = found.filter((record) => rules.validate(key, record))
      if (valid.length === 0) return undefined
      return valid[rules.select(key, valid)]?.slice()
    },
    async provide(hash, signal) {
      for (const node of await reach(signal)) {
        const providers = node.provided.get(hash) ?? new Set<PeerId>()
        node.provided.set(hash, providers.add(self.id))
      }
    },
    async providers(hash, limit, signal) {
      const found = new Set<PeerId>()
      for (const node of await reach(signal)) for (const peer of node.provided.get(hash) ?? []) found.add(peer)
      found.delete(self.id)
      return [...found].slice(0, limit)
    },
  }
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
