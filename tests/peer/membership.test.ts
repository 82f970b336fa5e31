import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../../peer-core/index.ts'
import { chosen, isDrawn, Membership } from '../../peer-core/peer/membership.ts'
import type { Presence } from '../../peer-core/wire/index.ts'

const peer = (name: number | string) => `peer-${name}` as PeerId
/** nobody reads it here */
const envelope = new Uint8Array()
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

describe('isDrawn', () => {
  it('draws each peer as often as its share says, each by itself', () => {
    const peers = Array.from({ length: 1_000 }, (_, i) => peer(i))
    const drawn = peers.filter((one) => isDrawn(hash('claim'), one, 0.1))
    // 100 on average, with a deviation of 9.5.
    expect(drawn.length).toBeGreaterThan(60)
    expect(drawn.length).toBeLessThan(140)
    expect(peers.filter((one) => isDrawn(hash('another'), one, 0.1))).not.toEqual(drawn)
  })
})

describe('Membership', () => {
  const seeds = Array.from({ length: 4 }, (_, i) => peer(`seed-${i}`))
  const create = (connected: readonly PeerId[] = []) =>
    new Membership({ self: peer('self'), committee: new Set(seeds), connected: () => new Set(connected) })

  it('keeps contributors of a crowd for as much longer as they speak more rarely, and seeds no longer', () => {
    const small = create()
    small.heard(peer(0), presence(1), envelope, 0)
    expect(small.patience).toBe(1)
    expect(small.sweep(21_000)).toEqual([peer(0)])

    const crowd = create()
    for (let i = 0; i < 255; i++) crowd.heard(peer(i), presence(1), envelope, 0)
    crowd.heard(seeds[0]!, presence(1, 'seed'), envelope, 0)
    expect(crowd.patience).toBe(4)
    expect(crowd.sweep(79_000)).toEqual([seeds[0]])
    expect(crowd.sweep(90_000)).toHaveLength(255)
  })

  it('lists those heard of last, its neighbours and the committee, however many there are', () => {
    const members = create([peer(1)])
    members.heard(seeds[0]!, presence(1, 'seed'), envelope, 0)
    for (let i = 0; i < 5_000; i++) members.heard(peer(i), presence(1), envelope, i)
    expect(members.present()).toHaveLength(256)
    for (const one of [seeds[0]!, peer(1), peer(4_999)]) expect(members.get(one)).toBeDefined()
    expect(members.get(peer(0))).toBeUndefined()
  })

  it('knows that others list another part of a crowd that has hardly spoken yet', () => {
    const members = create()
    for (let i = 0; i < 20; i++) members.heard(peer(i), presence(1), envelope, 0)
    members.counted(seeds[0]!, 20)
    expect(members.isListed).toBe(true)
    members.counted(seeds[0]!, 50)
    expect(members.crowd).toBe(200)
    expect(members.isListed).toBe(false)
    for (let i = 20; i < 50; i++) members.heard(peer(i), presence(1), envelope, 0)
    expect(members.isListed).toBe(true)
    for (let i = 50; i < 500; i++) members.heard(peer(i), presence(1), envelope, 0)
    members.counted(seeds[0]!, 125)
    expect(members.isListed).toBe(false)
  })

  it('takes a crowd for as large as most of the committee say, and no word of others', () => {
    const members = create()
    for (const [i, count] of [2_400, 2_500, 1_000_000, 2_600].entries()) {
      members.heard(seeds[i]!, { ...presence(1, 'seed'), contributors: count }, envelope, 0)
    }
    members.heard(peer(0), { ...presence(1, 'seed'), contributors: 1_000_000 }, envelope, 0)
    expect(members.crowd).toBe(10_000)
    members.counted(seeds[0]!, 0)
    expect(members.crowd).toBe(10_000)
    for (const seed of seeds.slice(1)) members.forget(seed)
    members.counted(seeds[0]!, 100)
    expect(members.crowd).toBe(400)
    for (const seed of seeds) members.forget(seed)
    expect(members.crowd).toBe(1)
  })
})
