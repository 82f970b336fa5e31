/** When a member opens a height, and what it signs there after it lost its log. */
import { describe, expect, it } from 'vitest'
import {
  createCommittee,
  type Message,
  proposerOf,
  type Status,
  signer,
  type Vote,
} from '../../peer-core/consensus/index.ts'
import { sha256, type TaskId, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import { Committees } from '../../peer-core/peer/committees.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { Deciding, type DecidingParts } from '../../peer-core/peer/voting/deciding.ts'
import type { Parent } from '../../peer-core/round/index.ts'
import { createMemoryDisk, openMemoryStores } from '../../peer-core/testing/memory-stores.ts'
import { createVirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { identity, peer } from '../reputation/peers.ts'

const task = sha256(utf8ToBytes('task')) as TaskId
const start = 1_700_000_000_000
const committee = createCommittee([0, 1, 2, 3].map((index) => ({ peer: peer(index), power: 1 })))

/** The first member of four, at `head`. */
function member(head: Pick<Parent, 'round' | 'time'>) {
  const clock = createVirtualClock({ start })
  const sent: Message[] = []
  const notices: string[] = []
  const height = head.round + 1
  const parts = {
    committees: new Committees(committee),
    channel: {
      send: (_: unknown, message: Message) => sent.push(message),
      flush: () => undefined,
      count: () => undefined,
    },
    drafting: {},
    evidence: { add: () => undefined },
    behind: () => undefined,
    head: () => ({ hash: sha256(utf8ToBytes('head')), ...head }),
  } as unknown as DecidingParts
  const context = {
    task,
    clock,
    identity: identity(0),
    spec: { round: { fetchMs: 3_000 } },
    stores: openMemoryStores(createMemoryDisk()),
    network: { connections: () => committee.members },
    signal: new AbortController().signal,
    notice: (_: string, text: string) => notices.push(text),
  } as unknown as SessionContext
  const deciding = new Deciding(context, parts)
  const nothing = { listens: false, tick: 1, holdings: [], polka: null, bodies: [] }
  const status: Status = { type: 'status', task, height, round: 0, ...nothing }
  const prevote = (index: number): Vote => {
    const unsigned = { type: 'prevote', task, height, round: 0, value: null, score: null, member: peer(index) } as const
    return { ...unsigned, signature: signer(identity(index))(unsigned) }
  }
  return {
    clock,
    deciding,
    notices,
    status,
    hear: (...indices: number[]) => {
      for (const index of indices) deciding.hear(prevote(index), peer(index))
      return clock.advance(1)
    },
    /** Each open height says once a second what it holds. */
    isOpen: () => sent.some(({ type }) => type === 'status'),
    signed: () => sent.filter(({ type }) => type !== 'status' && type !== 'commit'),
  }
}

/** A height in which member 0 does not propose first. */
const round = [5, 6].find((at) => proposerOf(committee, at + 1, 0) !== peer(0))!

describe('a height that this member has nothing to decide in', () => {
  it('opens when more than a third of the power is there', async () => {
    const one = member({ round, time: start + 3_600_000 })
    await one.deciding.resume()
    await one.hear(1, 2)
    await one.clock.advance(1_000)
    expect(one.isOpen()).toBe(true)
  })

  it('does not open for a single member, whatever it says', async () => {
    const one = member({ round, time: start + 3_600_000 })
    await one.deciding.resume()
    await one.hear(1, 1)
    one.deciding.hear({ ...one.status, round: 3 }, peer(1))
    await one.clock.advance(600_000)
    expect(one.isOpen()).toBe(false)
  })

  it('opens for members that have nothing to say any more but where they are', async () => {
    const one = member({ round, time: start + 3_600_000 })
    await one.deciding.resume()
    for (const index of [1, 2]) one.deciding.hear(one.status, peer(index))
    await one.clock.advance(1_000)
    expect(one.isOpen()).toBe(true)
  })
})

describe('a member without a log', () => {
  it('signs at once where it cannot have been before', async () => {
    const one = member({ round, time: start + 3_600_000 })
    await one.deciding.resume()
    one.deciding.begin()
    await one.clock.advance(8_001)
    expect(one.signed()).toHaveLength(1)
  })

  it('listens first where it may have, asking each of the others, and signs then', async () => {
    const one = member({ round, time: start - 5_000 })
    await one.deciding.resume()
    await one.hear(1, 2)
    await one.clock.advance(3_900)
    expect(one.isOpen()).toBe(true)
    await one.clock.advance(8_200)
    expect(one.signed()).toMatchObject([{ type: 'prevote', member: peer(0) }])
  })

  it('signs nothing when it is told of what it signed', async () => {
    const one = member({ round, time: start - 5_000 })
    await one.deciding.resume()
    await one.hear(1, 2)
    await one.clock.advance(1_500)
    await one.hear(0)
    await one.clock.advance(60_000)
    expect(one.notices).toEqual(['consensus: FORGOTTEN_STATEMENT'])
    expect(one.signed()).toEqual([])
  })
})
