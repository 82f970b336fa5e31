/**
 * A node forwards the gossip of tasks that no peer on top of it takes part in: it subscribes to the topics that its
 * neighbours subscribe to, and refuses what any node can see to be invalid: bytes that do not decode, a signature that is not by whom they name, a
 * message of another task, and one that is not of its type's form. What only a task's members can judge passes.
 * @module
 */
import type { GossipSub, SubscriptionChangeData } from '@libp2p/gossipsub'
import { decodeMessage, statementsOf, verifier } from '../consensus/index.ts'
import { verifySignature } from '../foundation/index.ts'
import type { Verdict } from '../ports/index.ts'
import {
  applicationSchema,
  commitSchema,
  contributionSchema,
  decode,
  evaluationSchema,
  limits,
  type MessageType,
  open,
  presenceSchema,
  scoresSchema,
} from '../wire/index.ts'
import type { Libp2pGossip } from './gossip.ts'

/** `controlTopic` and `consensusTopic` of wire/names.ts */
const taskTopic = /^zen-mesh\/1\/([0-9a-f]{64})\/(control|consensus)$/
const verify = verifier(verifySignature)
/** A stranger may invent topics; beyond these it finds no listener. */
const maxTopics = 256

const schemas = {
  presence: presenceSchema,
  contribution: contributionSchema,
  commit: commitSchema,
  evaluation: evaluationSchema,
  scores: scoresSchema,
  application: applicationSchema,
} satisfies Record<Exclude<MessageType, 'task'>, unknown>

/** @returns stops following */
export function followTopics(pubsub: GossipSub, gossip: Libp2pGossip): () => void {
  const following = new Map<string, () => void>()

  const onChange = ({ detail }: CustomEvent<SubscriptionChangeData>) => {
    for (const { topic, subscribe } of detail.subscriptions) {
      const [, task, kind] = taskTopic.exec(topic) ?? []
      if (task === undefined) continue
      const validate = kind === 'control' ? validateForm : validateStatement
      if (subscribe && !following.has(topic) && following.size < maxTopics) {
        following.set(
          topic,
          gossip.follow(topic, (data) => validate(data, task)),
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

/** Of the committee's topic: a statement or evidence, signed by whom it names, of this task. Who is a member is not known here. */
export function validateStatement(data: Uint8Array, task: string): Verdict {
  try {
    const message = decodeMessage(data)
    if (message.type === 'status' || message.type === 'commit') return 'reject'
    const statements = message.type === 'evidence' ? statementsOf(message.evidence) : [message]
    return statements.every((one) => one.task === task && verify(one)) ? 'accept' : 'reject'
  } catch {
    return 'reject'
  }
}
