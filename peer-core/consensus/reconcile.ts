/**
 * After a partition without a quorum: what was trained meanwhile meets what was committed meanwhile.
 *
 * Peers without a quorum keep training from the last commit that they have. On healing they take over the commits of
 * the side that had a quorum (there is at most one), and each contribution that waits is offered again or let go by how
 * many rounds lie between the model that it began from and the head.
 * @module
 */
import type { Hash } from '../foundation/ids.ts'

export interface Waiting {
  /** the commit that the contribution began from */
  readonly base: { readonly height: number; readonly value: Hash }
}

export interface Reconciled<T> {
  /** from the head itself: good as they are */
  readonly current: readonly T[]
  /** from an earlier commit of the same chain, within the task's staleness: offered with their age in rounds */
  readonly stale: readonly { readonly waiting: T; readonly age: number }[]
  readonly refused: readonly { readonly waiting: T; readonly reason: 'TOO_OLD' | 'NOT_OF_THIS_CHAIN' }[]
}

/**
 * @param valueAt - hash of the commit at a height in the chain that was taken over, `undefined` above the head
 * @param head - its height
 * @param maxStaleness - the task's, in rounds
 */
export function reconcile<T extends Waiting>(
  queue: readonly T[],
  head: number,
  valueAt: (height: number) => Hash | undefined,
  maxStaleness: number,
): Reconciled<T> {
  const current: T[] = []
  const stale: { waiting: T; age: number }[] = []
  const refused: { waiting: T; reason: 'TOO_OLD' | 'NOT_OF_THIS_CHAIN' }[] = []
  for (const waiting of queue) {
    const age = head - waiting.base.height
    if (valueAt(waiting.base.height) !== waiting.base.value) refused.push({ waiting, reason: 'NOT_OF_THIS_CHAIN' })
    else if (age === 0) current.push(waiting)
    else if (age <= maxStaleness) stale.push({ waiting, age })
    else refused.push({ waiting, reason: 'TOO_OLD' })
  }
  return { current, stale, refused }
}
