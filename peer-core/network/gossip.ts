/**
 * Gossip over libp2p's gossipsub. A message is validated before it is delivered or forwarded; its id is the hash of its
 * topic and bytes, so that whoever repeats it adds nothing, and it carries no libp2p signature: ours is inside.
 * @module
 */
import type { GossipSub, GossipsubMessage, GossipsubOpts, Message, TopicValidatorResult } from '@libp2p/gossipsub'
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
  /** Validates and forwards a topic's messages for as long as nobody subscribes to it here. @returns stops it */
  follow(topic: string, validate: TopicHandler['validate']): () => void
  /** Subscribes to what was asked for before the node ran. */
  start(): void
  stop(): void
}

export function libp2pGossip({ pubsub, self, score, isRunning, fault }: GossipComponents): Libp2pGossip {
  const handlers = new Map<string, TopicHandler>()
  const followed = new Map<string, TopicHandler>()
  const handlerOf = (topic: string) => handlers.get(topic) ?? followed.get(topic)

  const judge = async (source: PeerId, { topic, data }: Message): Promise<Verdict> => {
    const handler = handlerOf(topic)
    if (handler === undefined) return 'ignore'
    if (data.length > limits.gossipBytes) return 'reject'
    try {
      return await handler.validate(data, source)
    } catch (error) {
      fault(`validator of ${topic}`, error)
      return 'ignore'
    }
  }
  const validate = async (peer: Libp2pPeerId, message: Message) => {
    const source = peer.toString() as PeerId
    const verdict = await judge(source, message)
    score.heard(source, verdict)
    return verdict as TopicValidatorResult
  }
  /** Makes gossipsub listen to a topic exactly while somebody here does. */
  const update = (topic: string) => {
    if (!isRunning()) return
    if (handlerOf(topic) !== undefined) {
      pubsub.topicValidators.set(topic, validate)
      pubsub.subscribe(topic)
    } else {
      pubsub.topicValidators.delete(topic)
      pubsub.unsubscribe(topic)
    }
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
  const add = (to: Map<string, TopicHandler>, topic: string, handler: TopicHandler) => {
    to.set(topic, handler)
    update(topic)
    return () => {
      if (to.get(topic) !== handler) return
      to.delete(topic)
      update(topic)
    }
  }

  return {
    start() {
      pubsub.addEventListener('gossipsub:message', onMessage)
      for (const topic of new Set([...handlers.keys(), ...followed.keys()])) update(topic)
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
      return add(handlers, topic, handler)
    },
    follow: (topic, validateOnly) => add(followed, topic, { validate: validateOnly, deliver: () => {} }),
  }
}
