import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { closest, Membership } from '../../peer-core/peer/membership.ts'
import type { Presence } from '../../peer-core/wire/index.ts'

const peer = (name: number | string) => `peer-${name}` as PeerId
const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash

function presence(at: number, role: Presence['role'] = 'contributor'): Presence {
  return { task: hash('task') as never, at, status: 'training', round: 0, role, engine: 'none', addresses: [] }
}

describe('closest', () => {
  it('is the same whatever the order, and every peer has its turn', () => {
    const peers = Array.from({ length: 20 }, (_, i) => peer(i))
    fc.assert(
      fc.property(fc.shuffledSubarray(peers, { minLength: 20 }), fc.string(), (shuffled, text) => {
        expect(closest(hash(text), shuffled, 2)).toEqual(closest(hash(text), peers, 2))
      }),
    )
    const drawn = new Set(Array.from({ length: 2_000 }, (_, i) => closest(hash(`claim ${i}`), peers, 2)).flat())
    expect(drawn.size).toBe(20)
  })
})

describe('Membership', () => {
  it('keeps contributors of a crowd for as much longer as they speak more rarely, and seeds no longer', () => {
    const small = new Membership(peer('self'))
    small.heard(peer(0), presence(1), 0)
    expect(small.patience).toBe(1)
    expect(small.sweep(21_000)).toEqual([peer(0)])

    const crowd = new Membership(peer('self'))
    for (let i = 0; i < 255; i++) crowd.heard(peer(i), presence(1), 0)
    crowd.heard(peer('seed'), presence(1, 'seed'), 0)
    expect(crowd.patience).toBe(4)
    expect(crowd.sweep(79_000)).toEqual([peer('seed')])
    expect(crowd.sweep(90_000)).toHaveLength(255)
  })
})
