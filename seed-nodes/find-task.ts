/** Which task to take part in: the one that a seed tells. @module */
import { isHash, messageOf, minute, type PeerId, second, type TaskId } from '../peer-core/index.ts'
import type { SeedNode } from './seed-node.ts'
import { UsageError } from './usage-error.ts'

/** `--task` of a command that joins. @throws {@link UsageError} */
export function taskId(text: string | undefined): TaskId | undefined {
  if (text !== undefined && !isHash(text)) throw new UsageError('--task: expected 64 hex digits')
  return text as TaskId | undefined
}

/**
 * @param wanted - which, when the seed has several
 * @throws {@link UsageError} when no seed answers within a minute, or none has the task
 */
export async function findTask(node: SeedNode, addresses: readonly string[], wanted?: TaskId): Promise<TaskId> {
  const until = Date.now() + minute
  for (;;) {
    try {
      const seed = await node.dial(addresses, AbortSignal.timeout(10 * second))
      const tasks = await node.peer.discover(seed as PeerId)
      const task = wanted === undefined ? tasks[0] : tasks.find((id) => id === wanted)
      if (task !== undefined) return task
      // A seed that has just started makes its task after it answers; one that has others will not get this one.
      if (tasks.length > 0) throw new UsageError(`this seed has no task ${wanted}`)
      if (Date.now() > until) throw new UsageError('this seed has no task')
    } catch (error) {
      if (error instanceof UsageError) throw error
      if (Date.now() > until) throw new UsageError(`no seed answers at ${addresses.join(' or ')}: ${messageOf(error)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, second))
  }
}
