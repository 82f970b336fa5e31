import { describe, expect, it } from 'vitest'
import type { ContributionId, PeerId } from '../../peer-core/index.ts'
import { Claims, type KnownClaim } from '../../peer-core/peer/claims.ts'

const byName = (a: PeerId, b: PeerId) => (a < b ? -1 : 1)

function claimOf(peer: string, sequence: number, text = ''): KnownClaim {
  const contribution = { peer, round: 1, sequence } as unknown as KnownClaim['contribution']
  return { id: `${peer} ${sequence}${text}` as ContributionId, contribution, envelope: Uint8Array.of(sequence) }
}

describe('Claims', () => {
  it('remembers few of one peer, and what a body names besides', () => {
    const claims = new Claims(byName)
    claims.open(1)
    for (let sequence = 0; sequence < 20; sequence++) claims.add(claimOf('a', sequence))
    const [heard, named] = [claimOf('a', 19, ' to some'), claimOf('a', 19, ' to others')]
    claims.add(heard)
    expect(claims.find(heard.id)).toBeUndefined()
    claims.add(named, true)
    expect(claims.find(named.id)).toBe(named)
    expect(claims.ofRound()).toEqual([claimOf('a', 19)])
  })
})
