import { describe, expect, it } from 'vitest'
import { Backlog, mostStatusesWaiting, mostWaiting } from '../../peer-core/peer/voting/backlog.ts'
import type { TimelessInput } from '../../peer-core/peer/voting/deliberating.ts'
import { peer, vote } from '../consensus/cast.ts'

const self = peer('self')
const fill = (backlog: Backlog, input: TimelessInput, times = 2_000) =>
  Array.from({ length: times }, () => backlog.push(input)).filter((hadRoom) => hadRoom).length
const message = (from = peer(1)): TimelessInput => ({
  type: 'message',
  message: vote('prevote', peer(1), 0, null),
  from,
})
const status = { type: 'message', message: { type: 'status' }, from: peer(1) } as TimelessInput
const timeout: TimelessInput = { type: 'timeout', timer: { step: 'propose', height: 1, round: 0 } }

describe('Backlog', () => {
  it('gives back what it took, in order', () => {
    const backlog = new Backlog(self)
    for (const input of [message(), timeout, status]) backlog.push(input)
    expect([backlog.shift(), backlog.shift(), backlog.shift(), backlog.shift()]).toEqual([
      message(),
      timeout,
      status,
      undefined,
    ])
  })

  it('has an end, and statuses leave the statements room', () => {
    const backlog = new Backlog(self)
    expect(fill(backlog, status)).toBe(mostStatusesWaiting)
    expect(fill(backlog, message())).toBe(mostWaiting - mostStatusesWaiting)
    backlog.shift()
    expect([backlog.push(message()), backlog.push(message())]).toEqual([true, false])
    backlog.clear()
    expect(fill(backlog, message())).toBe(mostWaiting)
  })

  it('always has room for what this peer owes itself', () => {
    const backlog = new Backlog(self)
    fill(backlog, message())
    expect(fill(backlog, timeout, 10)).toBe(10)
    expect(fill(backlog, message(self), 10)).toBe(10)
  })
})
