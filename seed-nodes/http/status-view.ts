/**
 * What `GET /api/status` and `/api/tasks` tell: a peer's snapshot in the words of whoever asks from outside. The schema is
 * what a reader may count on; a newer seed may tell more.
 * @module
 */
import { z } from 'zod'
import {
  isHash,
  isPeerId,
  type PeerId,
  type Snapshot,
  type TaskId,
  type TaskView,
  taskSchema,
} from '../../peer-core/index.ts'

const taskId = z.custom<TaskId>((id) => typeof id === 'string' && isHash(id), 'expected a task id')
const peerId = z.custom<PeerId>((id) => typeof id === 'string' && isPeerId(id), 'expected a peer id')
const count = z.int().min(0)

export const taskStatusSchema = z.object({
  id: taskId,
  name: z.string(),
  /** the last committed round, 0 before the first */
  round: count,
  /** blob of the last committed model */
  model: z.string().optional(),
  /** how many contributed to the last committed round, and how many were refused */
  contributors: count,
  rejected: count,
  /** of the last committed model that was evaluated, on the seed's test examples */
  loss: z.number().optional(),
  accuracy: z.number().optional(),
  /** how many take part, the seed included */
  peers: count,
  joined: z.boolean(),
  /** whether the committee can commit at present */
  quorum: z.boolean(),
  activity: z.looseObject({ kind: z.string() }),
  /** of the running round, milliseconds since 1970 */
  deadline: z.number().optional(),
  spec: taskSchema,
})
export type TaskStatus = z.infer<typeof taskStatusSchema>

export const peerStatusSchema = z.object({
  peer: peerId,
  role: z.enum(['seed', 'contributor']),
  status: z.string(),
  engine: z.string(),
  /** the last committed round it knows */
  round: count,
  /** how the seed is connected to it; absent when it only hears of it */
  path: z.string().optional(),
  reputation: z.number(),
  /** why its work is not taken now, if it is not */
  barred: z.string().optional(),
  lastSeen: z.number(),
  tasks: z.array(taskId),
})
export type PeerStatusView = z.infer<typeof peerStatusSchema>

export const statusViewSchema = z.object({
  version: z.string(),
  peerId,
  multiaddrs: z.array(z.string()),
  engine: z.object({ name: z.string(), detail: z.string(), msPerStep: z.number().optional() }),
  tasks: z.array(taskStatusSchema),
  /** all but the seed itself */
  peers: z.array(peerStatusSchema),
  /** bytes since the start, by path */
  traffic: z.record(z.string(), z.object({ sent: count, received: count })),
  notices: z.array(z.object({ at: z.number(), level: z.enum(['info', 'warning']), text: z.string() })),
})
export type StatusView = z.infer<typeof statusViewSchema>

export function statusView(snapshot: Snapshot, version: string): StatusView {
  const { self, addresses, engine, tasks, traffic, notices } = snapshot
  return {
    version,
    peerId: self,
    multiaddrs: [...addresses],
    engine,
    tasks: tasks.map(taskStatus),
    peers: distinctPeers(tasks),
    traffic,
    notices: [...notices],
  }
}

export function taskStatus(task: TaskView): TaskStatus {
  const last = task.rounds.at(-1)
  const evaluated = task.rounds.findLast(({ accuracy }) => accuracy !== undefined)
  return {
    id: task.id,
    name: task.spec.name,
    round: last?.round ?? 0,
    model: last?.model,
    contributors: last?.contributors.length ?? 0,
    rejected: last?.rejected.length ?? 0,
    loss: evaluated?.loss,
    accuracy: evaluated?.accuracy,
    peers: task.peers.length + (task.joined ? 1 : 0),
    joined: task.joined,
    quorum: task.quorum,
    activity: { ...task.activity },
    deadline: task.deadline,
    spec: task.spec,
  }
}

/** A peer of several tasks stands once, as it was last heard of. */
export function distinctPeers(tasks: readonly TaskView[]): PeerStatusView[] {
  const found = new Map<PeerId, PeerStatusView>()
  for (const { id, peers } of tasks) {
    for (const view of peers) {
      const known = found.get(view.peer)
      const latest = known === undefined || view.lastSeen > known.lastSeen ? view : known
      found.set(view.peer, { ...latest, tasks: [...(known?.tasks ?? []), id] })
    }
  }
  return [...found.values()]
}
