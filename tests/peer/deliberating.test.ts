import { describe, expect, it } from 'vitest'
import { sha256, utf8ToBytes } from '../../peer-core/index.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { Deliberating, type DeliberatingParts } from '../../peer-core/peer/voting/deliberating.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { peer } from '../consensus/cast.ts'

const body = utf8ToBytes('body')
const asked = { type: 'recompute', height: 1, value: sha256(body), body, proposer: peer(1) } as const

/** A member that cannot judge a body yet. */
function undecided() {
  const clock = createVirtualClock()
  const seen = { judged: 0, isWanted: true }
  const parts = {
    drafting: {
      judge: async () => {
        seen.judged += 1
        return { verdict: 'pending', why: 'not heard of' }
      },
    },
    head: () => ({ round: 0 }),
    isWanted: () => seen.isWanted,
  } as unknown as DeliberatingParts
  const context = { clock, signal: new AbortController().signal, notice: () => undefined }
  return { clock, seen, deliberating: new Deliberating(context as unknown as SessionContext, parts) }
}

describe('a body that cannot be judged', () => {
  it('is tried each second, by one at a time, while the machine has it before it', async () => {
    const { clock, seen, deliberating } = undecided()
    const ended = [deliberating.recompute(asked), deliberating.recompute(asked)]
    await clock.advance(4_500)
    expect(seen.judged).toBe(5)
    seen.isWanted = false
    await clock.finish(Promise.all(ended), 1_000)
    await clock.advance(5_000)
    expect(seen.judged).toBe(5)
  })
})
