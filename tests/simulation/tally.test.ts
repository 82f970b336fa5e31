import { describe, expect, it } from 'vitest'
import { createTally, summarise } from '../../simulator/index.ts'
import type { TimedLine } from '../../simulator/transcript/lines.ts'

const fault = (t: number, what: string) => ({ t, kind: 'fault', what, who: ['devices-0'] }) as const
const mended = (t: number, what: string) => ({ t, kind: 'mended', what }) as const
/** A commit, and how many ms later 95 % had it; absent: they had it never. */
const commit = (t: number, round: number, p95?: number): TimedLine[] => [
  { t, kind: 'commit', round, peer: '', hash: '', model: '', contributors: [], rejected: {}, bytes: 0 },
  { t: t + 4_000, kind: 'spread', round, peers: 9, of: 10, most: 0, ...(p95 === undefined ? {} : { p95 }) },
]

function tallyOf(...lines: readonly TimedLine[]) {
  const tally = createTally()
  for (const line of lines.toSorted((a, b) => a.t - b.t)) tally.add(line)
  return tally
}

describe('recoveries', () => {
  it('are timed from a fault until 95 % have a commit that came after it', () => {
    const tally = tallyOf(
      ...commit(4_000, 1, 50),
      fault(5_000, 'leave-0'),
      ...commit(9_000, 2),
      ...commit(14_000, 3, 50),
    )
    expect(tally.recoveries).toEqual([{ what: 'leave-0', who: ['devices-0'], at: 5_000, ms: 9_050 }])
  })

  it('are timed from the end of what has one, and remember when it struck', () => {
    const [begin, end] = [fault(5_000, 'partition-0'), mended(10_000, 'partition-0')]
    const tally = tallyOf(begin, ...commit(6_000, 1), end, ...commit(11_000, 2), ...commit(16_000, 3, 2_000))
    expect(tally.recoveries).toEqual([
      { what: 'partition-0', who: ['devices-0'], at: 5_000, mendedAt: 10_000, ms: 8_000 },
    ])
  })

  it('never end where those who were cut off stay behind', () => {
    const [begin, end] = [fault(5_000, 'partition-0'), mended(10_000, 'partition-0')]
    const tally = tallyOf(begin, end, ...commit(11_000, 1), ...commit(16_000, 2))
    expect(tally.recoveries[0]!.ms).toBeUndefined()
    expect(summarise(tally).recoverySeconds).toBe(10)
  })

  it('wait for nobody who is cut off still', () => {
    const cut = fault(5_000, 'partition-0')
    const tally = tallyOf(cut, fault(6_000, 'leave-1'), ...commit(9_000, 1), ...commit(14_000, 2))
    expect(tally.recoveries.map(({ ms }) => ms)).toEqual([4_000, 3_000])
  })
})
