/**
 * Gossip over a memory mesh: every subscriber validates, and hands on what it accepts to the neighbours that subscribe.
 *
 * Departure from gossipsub: it floods, and a neighbour to whom a copy is already under way gets no second one, so that a
 * network of `n` peers costs `n` deliveries a message. There is no repair: a lost copy comes by another neighbour or never.
 * @module
 */
import { concatBytes, type Hash, type PeerId, sha256, utf8ToBytes } from '../../foundation/index.ts'
import type { Clock, Gossip, Verdict } from '../../ports/index.ts'
import { limits } from '../../wire/limits.ts'
import type { Links } from './links.ts'
import type { MemoryNode } from './node.ts'

/** as gossipsub's `seenTTL` */
const seenMs = 120_000

interface Message {
  readonly id: Hash
  readonly topic: string
  readonly data: Uint8Array
  /** peers that have it or to whom it is under way */
  readonly reached: Set<PeerId>
}

export interface GossipWorld {
  readonly clock: Clock
  readonly links: Links
  node(id: PeerId): MemoryNode | undefined
  passes(from: PeerId, to: PeerId): boolean
  /** What a handler threw: it stops nothing. */
  fault(peer: PeerId, where: string, error: unknown): void
}

export function createGossip(world: GossipWorld, self: MemoryNode): Gossip {
  return {
    async publish(topic, data) {
      if (data.length > limits.gossipBytes) {
        throw new RangeError(`a gossip message has at most ${limits.gossipBytes} bytes, not ${data.length}`)
      }
      if (self.state !== 'running') return
      const message: Message = {
        id: sha256(concatBytes(utf8ToBytes(`${topic}\n`), data)),
        topic,
        data: data.slice(),
        reached: new Set([self.id]),
      }
      if (remember(world, self, message.id)) forward(world, self, message)
    },
    subscribe(topic, handler) {
      if (self.topics.has(topic)) throw new TypeError(`${topic} has its handler already`)
      self.topics.set(topic, handler)
      return () => {
        if (self.topics.get(topic) === handler) self.topics.delete(topic)
      }
    },
  }
}

/** @returns whether it is new */
function remember({ clock }: GossipWorld, node: MemoryNode, id: Hash): boolean {
  const now = clock.now()
  const at = node.seen.get(id)
  if (at !== undefined && now - at < seenMs) return false
  node.seen.delete(id)
  node.seen.set(id, now)
  // Oldest first, for a map keeps the order of insertion.
  for (const [old, when] of node.seen) {
    if (now - when < seenMs) break
    node.seen.delete(old)
  }
  return true
}

function forward(world: GossipWorld, from: MemoryNode, message: Message): void {
  for (const peer of from.connections.keys()) {
    if (message.reached.has(peer) || !world.node(peer)?.topics.has(message.topic)) continue
    from.traffic.sent += message.data.length
    from.messages.sent++
    if (world.links.lost(from.id, peer)) continue
    message.reached.add(peer)
    const delay = world.links.delayMs(from.id, peer, message.data.length, false)
    world.clock.after(delay, () => void arrive(world, from.id, peer, message))
  }
}

async function arrive(world: GossipWorld, from: PeerId, to: PeerId, message: Message): Promise<void> {
  const node = world.node(to)
  const handler = node?.topics.get(message.topic)
  if (node === undefined || handler === undefined || !node.connections.has(from) || !world.passes(from, to)) {
    message.reached.delete(to)
    return
  }
  node.traffic.received += message.data.length
  node.messages.received++
  if (!remember(world, node, message.id)) return
  // One array for all: what it says is decoded once, however many peers there are.
  const { data } = message
  let verdict: Verdict = 'ignore'
  try {
    verdict = await handler.validate(data, from)
    if (verdict === 'accept') handler.deliver(data, from)
  } catch (error) {
    world.fault(to, `gossip ${message.topic}`, error)
  }
  if (verdict === 'accept' && node.state === 'running') forward(world, node, message)
}
