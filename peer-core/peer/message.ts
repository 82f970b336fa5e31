/** From gossip bytes to a typed, verified message. @module */
import { type ContributionId, concatBytes, type PeerId, sha256, type TaskId, utf8ToBytes } from '../foundation/index.ts'
import {
  type Application,
  applicationSchema,
  type CommitMessage,
  type Contribution,
  commitSchema,
  contributionSchema,
  decode,
  type Envelope,
  type EvaluationMessage,
  evaluationSchema,
  limits,
  open,
  type Presence,
  presenceSchema,
  type ScoresMessage,
  scoresSchema,
  WireError,
} from '../wire/index.ts'

export type Message = { readonly from: PeerId; readonly bytes: Uint8Array } & (
  | { readonly type: 'presence'; readonly value: Presence }
  | { readonly type: 'contribution'; readonly id: ContributionId; readonly value: Contribution }
  | { readonly type: 'commit'; readonly value: CommitMessage }
  | { readonly type: 'evaluation'; readonly value: EvaluationMessage }
  | { readonly type: 'scores'; readonly value: ScoresMessage }
  | { readonly type: 'application'; readonly value: Application }
)

/** What bytes were read as, as long as they live: once when they are judged, and not again when they are delivered. */
const known = new WeakMap<Uint8Array, Message>()

/** @throws {@link WireError} for anything that is not a signed message of `task` */
export function readMessage(bytes: Uint8Array, task: TaskId): Message {
  const message = known.get(bytes) ?? read(bytes)
  if (message.value.task !== task) throw invalid('task', 'of another task')
  return message
}

function read(bytes: Uint8Array): Message {
  const envelope = open(bytes)
  const message = typed(envelope, bytes)
  if (message.type === 'contribution' && message.value.peer !== envelope.peer) throw invalid('peer', 'not the signer')
  known.set(bytes, message)
  return message
}

function typed(envelope: Envelope, bytes: Uint8Array): Message {
  const { type, peer: from, payload } = envelope
  const read = <T>(schema: Parameters<typeof decode<T>>[0]) => decode(schema, payload, limits.gossipBytes)
  switch (type) {
    case 'presence':
      return { from, bytes, type, value: read(presenceSchema) }
    case 'contribution':
      return { from, bytes, type, id: contributionId(from, payload), value: read(contributionSchema) }
    case 'commit':
      return { from, bytes, type, value: read(commitSchema) }
    case 'evaluation':
      return { from, bytes, type, value: read(evaluationSchema) }
    case 'scores':
      return { from, bytes, type, value: read(scoresSchema) }
    case 'application':
      return { from, bytes, type, value: read(applicationSchema) }
    case 'task':
      throw invalid('type', 'tasks do not travel by gossip')
    default:
      return type satisfies never
  }
}

function contributionId(peer: PeerId, payload: Uint8Array): ContributionId {
  return sha256(concatBytes(utf8ToBytes(peer), payload))
}

function invalid(where: string, why: string): WireError {
  return new WireError({ code: 'INVALID', where, why })
}
