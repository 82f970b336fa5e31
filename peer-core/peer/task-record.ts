/** A task as it travels: the envelope its publisher signed. Its id is the hash of the signed bytes. @module */
import { sha256, type TaskId, ZenError } from '../foundation/index.ts'
import { decode, limits, open, type TaskSpec, taskSchema, WireError } from '../wire/index.ts'

export type PeerFault =
  | { code: 'UNKNOWN_TASK'; task: TaskId }
  | { code: 'NOT_JOINED'; task: TaskId }
  | { code: 'NO_MODEL'; task: TaskId }
  | { code: 'TASK_TOO_LARGE'; bytes: number; limit: number }
  /** its pipeline does not withstand the share it declares, with as many peers as it has shards */
  | { code: 'UNFIT'; problem: string }
export class PeerError extends ZenError<PeerFault> {}

/** @throws {@link WireError} */
export function readTask(bytes: Uint8Array): { id: TaskId; spec: TaskSpec } {
  const envelope = open(bytes, limits.taskBytes)
  if (envelope.type !== 'task') throw new WireError({ code: 'INVALID', where: 'type', why: `a ${envelope.type}` })
  return { id: sha256(envelope.payload), spec: decode(taskSchema, envelope.payload, limits.taskBytes) }
}
