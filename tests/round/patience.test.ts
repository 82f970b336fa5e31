import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/foundation/index.ts'
import { longestWait, Patience } from '../../peer-core/round/patience.ts'
import type { RejectionReason } from '../../peer-core/wire/index.ts'

const peer = 'slow' as PeerId
const failed = (round: number, reason: RejectionReason = 'silent') => {
  return { round, contributions: [], rejected: [{ peer, reason }] }
}
const delivered = (round: number) => ({ round, contributions: [{ peer }], rejected: [] })

/** @returns the rounds up to `last` that wait for a peer that never delivers */
function awaitedRounds(patience: Patience, last: number): number[] {
  const awaited: number[] = []
  for (let round = 1; round <= last; round++) {
    if (!patience.unawaited(round).has(peer)) awaited.push(round)
    patience.committed(failed(round))
  }
  return awaited
}

describe('Patience', () => {
  it('waits for who never delivers after 1, 2, 4 … rounds, and after 64 at last', () => {
    expect(awaitedRounds(new Patience(), 300)).toEqual([1, 3, 6, 11, 20, 37, 70, 135, 200, 265])
  })

  it('waits for who missed one round from the next but one on', () => {
    const patience = new Patience()
    patience.committed(failed(1))
    expect(patience.unawaited(2)).toEqual(new Set([peer]))
    patience.committed({ round: 2, contributions: [], rejected: [] })
    expect(patience.unawaited(3)).toEqual(new Set())
  })

  it('forgets failures once work is taken, or left out by lot, and after a long silence', () => {
    const patience = new Patience()
    for (const good of [delivered(3), failed(3, 'guest-share')]) {
      for (const round of [1, 2]) patience.committed(failed(round))
      patience.committed(good)
      expect(patience.unawaited(4)).toEqual(new Set())
    }
    patience.committed(failed(10))
    patience.committed({ round: 12 + longestWait, contributions: [], rejected: [] })
    patience.committed(failed(12 + longestWait))
    expect(patience.unawaited(14 + longestWait)).toEqual(new Set())
  })
})
