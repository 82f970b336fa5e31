import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { chosen, Membership } from '../../peer-core/peer/membership.ts'
import type { Presence } from '../../peer-core/wire/index.ts'

const peer = (name: number | string) => `peer-${name}` as PeerId
const hash = (text: string) => sha256(utf8ToBytes(text)) as Hash

function presence(at: number, role: Presence['role'] = 'contributor'): Presence {
  return { task: hash('task') as never, at, status: 'training', round: 0, role, engine: 'none', addresses: [] }
}

describe('chosen', () => {
  it('is the same whatever the order, and every peer has its turn', () => {
    const peers = Array.from({ length: 20 }, (_, i) => peer(i))
    fc.assert(
      fc.property(fc.shuffledSubarray(peers, { minLength: 20 }), fc.string(), (shuffled, text) => {
        expect(chosen(hash(text), shuffled, 2)).toEqual(chosen(hash(text), peers, 2))
      }),
    )
    const drawn = new Map(peers.map((one) => [one, 0]))
    for (let i = 0; i < 2_000; i++) {
      for (const one of chosen(hash(`claim ${i}`), peers, 2)) drawn.set(one, drawn.get(one)! + 1)
    }
    // 200 each on average, with a deviation of 13.
    expect(Math.min(...drawn.values())).toBeGreaterThan(135)
    expect(Math.max(...drawn.values())).toBeLessThan(265)
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
