/**
 * Gossip over libp2p's gossipsub. A message is validated before it is delivered or forwarded; its id is the hash of its
 * topic and bytes, so that whoever repeats it adds nothing, and it carries no libp2p signature: ours is inside.
 * @module
 */
import type { GossipSub, GossipsubMessage, GossipsubOpts, Message } from '@libp2p/gossipsub'
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, MiB, type PeerId, utf8ToBytes } from '../foundation/index.ts'
import type { Gossip, TopicHandler, Verdict } from '../ports/index.ts'
import { limits } from '../wire/limits.ts'
import type { TransportScore } from './transport-score.ts'

/** @param floodPublish - whether what we publish goes to every subscriber we know; a seed knows too many */
export function gossipsubOptions(score: TransportScore, floodPublish: boolean): Partial<GossipsubOpts> {
  return {
    // GossipSub v1.1 spec, "Parameters".
    D: 6,
    Dlo: 4,
    Dhi: 10,
    Dlazy: 6,
    heartbeatInterval: 1_000,
    floodPublish,
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: ({ topic, data }: Message) => sha256(concatBytes(utf8ToBytes(`${topic}\n`), data)),
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    // One RPC may hold several messages and lists of ids; a message's own limit is the validator's.
    maxInboundDataLength: 1 * MiB,
    scoreParams: {
      // Measured: with the default, peers behind one address refuse each other's messages. Relayed WebRTC counts as the relay's.
      IPColocationFactorWeight: 0,
      appSpecificScore: score.score,
      appSpecificWeight: 1,
    },
  }
}

export interface GossipComponents {
  readonly pubsub: GossipSub
  readonly self: PeerId
  readonly score: TransportScore
  readonly isRunning: () => boolean
  readonly fault: (where: string, error: unknown) => void
}

export interface Libp2pGossip extends Gossip {
  /** Subscribes to what was asked for before the node ran. */
  start(): void
  stop(): void
}

export function libp2pGossip({ pubsub, self, score, isRunning, fault }: GossipComponents): Libp2pGossip {
  const handlers = new Map<string, TopicHandler>()

  const validate = async (handler: TopicHandler, source: PeerId, { topic, data }: Message): Promise<Verdict> => {
    if (data.length > limits.gossipBytes) return 'reject'
    try {
      return await handler.validate(data, source)
    } catch (error) {
      fault(`validator of ${topic}`, error)
      return 'ignore'
    }
  }
  const attach = (topic: string, handler: TopicHandler) => {
    pubsub.topicValidators.set(topic, async (peer: Libp2pPeerId, message) => {
      const source = peer.toString() as PeerId
      const verdict = await validate(handler, source, message)
      if (verdict === 'reject') score.refused(source)
      return verdict as never
    })
    pubsub.subscribe(topic)
  }
  const onMessage = ({ detail }: CustomEvent<GossipsubMessage>) => {
    const { propagationSource, msg } = detail
    const source = propagationSource.toString() as PeerId
    if (source === self) return
    try {
      handlers.get(msg.topic)?.deliver(msg.data, source)
    } catch (error) {
      fault(`handler of ${msg.topic}`, error)
    }
  }

  return {
    start() {
      pubsub.addEventListener('gossipsub:message', onMessage)
      for (const [topic, handler] of handlers) attach(topic, handler)
    },
    stop() {
      pubsub.removeEventListener('gossipsub:message', onMessage)
    },
    async publish(topic, data) {
      if (data.length > limits.gossipBytes) {
        throw new RangeError(`a gossip message has at most ${limits.gossipBytes} bytes, not ${data.length}`)
      }
      if (isRunning()) await pubsub.publish(topic, data)
    },
    subscribe(topic, handler) {
      if (handlers.has(topic)) throw new TypeError(`${topic} has its handler already`)
      handlers.set(topic, handler)
      if (isRunning()) attach(topic, handler)
      return () => {
        if (handlers.get(topic) !== handler) return
        handlers.delete(topic)
        pubsub.topicValidators.delete(topic)
        if (isRunning()) pubsub.unsubscribe(topic)
      }
    },
  }
}
