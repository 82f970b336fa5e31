import { describe, expect, it } from 'vitest'
import { reconcile } from '../../peer-core/consensus/reconcile.ts'
import type { Hash } from '../../peer-core/foundation/ids.ts'

const at = (height: number) => (height <= 10 ? (`commit-${height}` as Hash) : undefined)
const work = (height: number, value = `commit-${height}`) => ({ name: value, base: { height, value: value as Hash } })

describe('reconcile', () => {
  it('offers what is fresh enough and lets go of the rest, with the reason', () => {
    const queue = [work(10), work(8), work(3), work(9, 'of a lost fork'), work(12)]
    expect(reconcile(queue, 10, at, 4)).toEqual({
      current: [queue[0]],
      stale: [{ waiting: queue[1], age: 2 }],
      refused: [
        { waiting: queue[2], reason: 'TOO_OLD' },
        { waiting: queue[3], reason: 'NOT_OF_THIS_CHAIN' },
        { waiting: queue[4], reason: 'NOT_OF_THIS_CHAIN' },
      ],
    })
  })

  it('keeps everything when nothing was committed meanwhile', () => {
    const queue = [work(10), work(10)]
    expect(reconcile(queue, 10, at, 0)).toEqual({ current: queue, stale: [], refused: [] })
  })
})
