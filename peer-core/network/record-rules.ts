/** A directory record's namespace and the rules of it. @module */

import { sha256 } from '../foundation/index.ts'
import type { RecordRules } from '../ports/index.ts'
import { open } from '../wire/envelope.ts'
import { limits } from '../wire/limits.ts'

/** `zen-task` of `/zen-task/…` */
export function namespaceOf(key: string): string {
  return key.split('/')[1] ?? ''
}

/**
 * A task's record is its signed envelope, and its key the hash of the envelope's payload: all that are valid under a key
 * describe the same task.
 */
export const taskRecordRules: RecordRules = {
  validate(key, record) {
    try {
      const { type, payload } = open(record, limits.taskBytes)
      return type === 'task' && key === `/zen-task/${sha256(payload)}`
    } catch {
      return false
    }
  },
  select: () => 0,
}
