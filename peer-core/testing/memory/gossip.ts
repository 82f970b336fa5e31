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
import { createPlaces, type Places } from './places.ts'

/** as gossipsub's `seenTTL` */
const seenMs = 120_000

interface Message {
  readonly topic: string
  /** One array for all: what it says is decoded once, however many peers there are. */
  readonly data: Uint8Array
  readonly at: number
  /** who has it or to whom it is under way */
  readonly reached: Places
  readonly seen: Places
}

/** What was said lately in a whole mesh. One entry a message, not one for each peer that saw it. */
export interface Talk {
  /** The message that these bytes are. */
  message(topic: string, data: Uint8Array): Message
}

export function createTalk(clock: Clock): Talk {
  const messages = new Map<Hash, Message>()
  return {
    message(topic, data) {
      const id = sha256(concatBytes(utf8ToBytes(`${topic}\n`), data))
      const now = clock.now()
      // Oldest first, for a map keeps the order of insertion.
      for (const [old, { at }] of messages) {
        if (now - at < seenMs) break
        messages.delete(old)
      }
      const known = messages.get(id)
      if (known !== undefined) return known
      const made = { topic, data: data.slice(), at: now, reached: createPlaces(), seen: createPlaces() }
      messages.set(id, made)
      return made
    },
  }
}

export interface GossipWorld {
  readonly clock: Clock
  readonly links: Links
  readonly talk: Talk
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
      const message = world.talk.message(topic, data)
      message.reached.add(self.place)
      if (message.seen.add(self.place)) forward(world, self, message)
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

function forward(world: GossipWorld, from: MemoryNode, message: Message): void {
  from.neighbours ??= Array.from(from.connections.values(), ({ remote }) => remote)
  for (const remote of from.neighbours) {
    if (message.reached.has(remote.place) || !remote.topics.has(message.topic)) continue
    from.traffic.sent += message.data.length
    from.messages.sent++
    if (world.links.lost(from.id, remote.id)) continue
    message.reached.add(remote.place)
    const delay = world.links.delayMs(from.id, remote.id, message.data.length, false)
    world.clock.after(delay, () => arrive(world, from.id, remote, message))
  }
}

function arrive(world: GossipWorld, from: PeerId, node: MemoryNode, message: Message): void {
  const { topic, data } = message
  const handler = node.topics.get(topic)
  if (handler === undefined || !node.connections.has(from) || !world.passes(from, node.id)) {
    message.reached.delete(node.place)
    return
  }
  node.traffic.received += data.length
  node.messages.received++
  if (!message.seen.add(node.place)) return
  const failed = (error: unknown) => world.fault(node.id, `gossip ${topic}`, error)
  const judged = (verdict: Verdict) => {
    if (verdict !== 'accept') return
    try {
      handler.deliver(data, from)
    } catch (error) {
      failed(error)
    }
    if (node.state === 'running') forward(world, node, message)
  }
  try {
    const verdict = handler.validate(data, from)
    if (typeof verdict === 'string') judged(verdict)
    else verdict.then(judged, failed)
  } catch (error) {
    failed(error)
  }
}
