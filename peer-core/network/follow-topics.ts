/**
 * A node forwards the gossip of tasks that no peer on top of it takes part in: it subscribes to the control topics that its
 * neighbours subscribe to, and refuses what any node can see to be invalid: bytes that do not decode, a signature that is not by whom they name, a
 * message of another task, and one that is not of its type's form. What only a task's members can judge passes.
 * @module
 */
import type { GossipSub, SubscriptionChangeData } from '@libp2p/gossipsub'
import type { Verdict } from '../ports/index.ts'
import {
  commitSchema,
  contributionSchema,
  decode,
  evaluationSchema,
  limits,
  type MessageType,
  open,
  presenceSchema,
  proposalSchema,
  voteSchema,
} from '../wire/index.ts'
import type { Libp2pGossip } from './gossip.ts'

/** `controlTopic` of wire/names.ts */
const controlTopic = /^zen-mesh\/1\/([0-9a-f]{64})\/control$/
/** A stranger may invent topics; beyond these it finds no listener. */
const maxTopics = 256

const schemas = {
  presence: presenceSchema,
  contribution: contributionSchema,
  proposal: proposalSchema,
  vote: voteSchema,
  commit: commitSchema,
  evaluation: evaluationSchema,
} satisfies Record<Exclude<MessageType, 'task'>, unknown>

/** @returns stops following */
export function followTopics(pubsub: GossipSub, gossip: Libp2pGossip): () => void {
  const following = new Map<string, () => void>()

  const onChange = ({ detail }: CustomEvent<SubscriptionChangeData>) => {
    for (const { topic, subscribe } of detail.subscriptions) {
      const task = controlTopic.exec(topic)?.[1]
      if (task === undefined) continue
      if (subscribe && !following.has(topic) && following.size < maxTopics) {
        following.set(
          topic,
          gossip.follow(topic, (data) => validateForm(data, task)),
        )
      } else if (!subscribe && pubsub.getSubscribers(topic).length === 0) {
        following.get(topic)?.()
        following.delete(topic)
      }
    }
  }
  pubsub.addEventListener('subscription-change', onChange)
  return () => {
    pubsub.removeEventListener('subscription-change', onChange)
    for (const unsubscribe of following.values()) unsubscribe()
    following.clear()
  }
}

export function validateForm(data: Uint8Array, task: string): Verdict {
  try {
    const { type, payload } = open(data)
    if (type === 'task') return 'reject'
    return decode<{ task: string }>(schemas[type], payload, limits.gossipBytes).task === task ? 'accept' : 'reject'
  } catch {
    return 'reject'
  }
}
