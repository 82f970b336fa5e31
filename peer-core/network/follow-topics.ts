/**
 * A node without a peer on top still forwards gossip: it subscribes to the control topics that its neighbours subscribe to,
 * and refuses what any node can see to be invalid, an envelope that does not decode or is not signed by whom it names.
 * @module
 */
import type { GossipSub, SubscriptionChangeData } from '@libp2p/gossipsub'
import type { Gossip, Verdict } from '../ports/index.ts'
import { open } from '../wire/envelope.ts'

/** `controlTopic` of wire/names.ts */
const controlTopics = /^zen-mesh\/1\/[0-9a-f]{64}\/control$/
/** A stranger may invent topics; beyond these it finds no listener. */
const maxTopics = 256

/** @returns stops following */
export function followTopics(pubsub: GossipSub, gossip: Gossip): () => void {
  const following = new Map<string, () => void>()

  const onChange = ({ detail }: CustomEvent<SubscriptionChangeData>) => {
    for (const { topic, subscribe } of detail.subscriptions) {
      if (!controlTopics.test(topic)) continue
      if (subscribe && !following.has(topic) && following.size < maxTopics) {
        following.set(topic, gossip.subscribe(topic, { validate: validateEnvelope, deliver: () => {} }))
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

export function validateEnvelope(data: Uint8Array): Verdict {
  try {
    open(data)
    return 'accept'
  } catch {
    return 'reject'
  }
}
