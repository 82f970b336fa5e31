import { describe, expect, it } from 'vitest'
import { createIdentity, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { type Collected, Collecting } from '../../peer-core/peer/collecting.ts'
import type { Judged } from '../../peer-core/peer/deltas.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import type { Claim } from '../../peer-core/round/index.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'

const { peerId: peer } = createIdentity(new Uint8Array(32).fill(1))
const [base, delta, id] = ['base', 'delta', 'id'].map((text) => sha256(utf8ToBytes(text)))
const claim = { id, contribution: { peer, round: 1, base, delta, bytes: 8, sequence: 0 } } as unknown as Claim
const good: Judged = { delta: new Float32Array(2) }
const unavailable: Judged = { reason: 'unavailable', isProven: false }

/** One claim comes, of whose delta each attempt finds the next of these, or the last of them. */
function collecting(found: readonly Judged[]) {
  const clock = createVirtualClock({ start: 1_000_000 })
  const asked: number[] = []
  const closed: Collected[] = []
  const rules = { minimumContributions: 1, deadlineMs: 10_000, fetchMs: 2_000 }
  const context = { clock, spec: { round: rules }, signal: new AbortController().signal } as unknown as SessionContext
  const one = new Collecting(context, {
    deltas: {
      async get() {
        asked.push(clock.now() - 1_000_000)
        return found[asked.length - 1] ?? found.at(-1)!
      },
    },
    order: () => 0,
    letsIn: () => false,
    onFailed: () => undefined,
    onClosed: (collected) => void closed.push(collected),
  })
  one.open(1, base as never, 8, new Set())
  one.feed({ kind: 'claim', claim })
  return { clock, asked, closed, one }
}

describe('a member that collects', () => {
  it('asks again for what was not to be had, and takes it', async () => {
    const { clock, asked, closed } = collecting([unavailable, unavailable, good])
    await clock.advance(1_000)
    expect(asked).toEqual([0, 250, 500])
    expect(closed[0]).toMatchObject({ accepted: [claim], rejected: [] })
  })

  it('does not ask for ever, nor for what is proven wrong or came wrong', async () => {
    for (const [found, times] of [
      [unavailable, 3],
      [{ reason: 'wrong-size', isProven: true }, 1],
      [{ reason: 'wrong-hash', isProven: false }, 1],
    ] as const) {
      const { clock, asked, one } = collecting([found])
      await clock.advance(9_000)
      expect(asked).toHaveLength(times)
      expect(one.verified).toEqual([])
    }
  })
})
