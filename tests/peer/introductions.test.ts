import { beforeEach, describe, expect, it } from 'vitest'
import {
  createIdentity,
  type Identity,
  minute,
  type PeerId,
  seededRandom,
  sha256,
  type TaskId,
} from '../../peer-core/index.ts'
import { Introductions, ownPresence } from '../../peer-core/peer/introductions.ts'
import { Membership } from '../../peer-core/peer/membership.ts'
import type { SessionContext } from '../../peer-core/peer/session-context.ts'
import { createVirtualClock, type VirtualClock } from '../../peer-core/testing/virtual-clock.ts'
import { type Presence, seal } from '../../peer-core/wire/index.ts'

const task = sha256(Uint8Array.of(1)) as string as TaskId
const identities = Array.from({ length: 30 }, (_, i) => createIdentity(new Uint8Array(32).fill(i + 1)))
const [self, seed, ...others] = identities as [Identity, Identity, ...Identity[]]

let clock: VirtualClock
let membership: Membership
let lacking: number
let signed: number
let introductions: Introductions

beforeEach(() => {
  clock = createVirtualClock({ start: 1_000_000 })
  membership = new Membership({ self: self.peerId, committee: new Set([seed.peerId]), connected: () => new Set() })
  lacking = 8
  signed = 0
  const context = { clock, task, random: seededRandom('introductions') } as unknown as SessionContext
  introductions = new Introductions(context, {
    membership,
    presence: () => Uint8Array.of(++signed),
    lacking: () => lacking,
  })
})

function presence(of: Identity, changes: Partial<Presence> = {}): Uint8Array {
  const { peerId } = of
  const value = { task, at: clock.now(), status: 'ready', round: 0, role: 'contributor', engine: 'none' } as const
  return seal(of, 'presence', { ...value, addresses: [`/memory/${peerId}`], ...changes }).bytes
}

describe('what goes with a question', () => {
  it('is who we are and how many others we want to know, once for each neighbour', () => {
    expect(introductions.to(seed.peerId)).toEqual({ presence: Uint8Array.of(1), introduce: 16 })
    expect(introductions.to(seed.peerId)).toEqual({})
    lacking = 0
    expect(introductions.to(others[0]!.peerId)).toEqual({ presence: Uint8Array.of(1), introduce: 0 })
    introductions.lost(seed.peerId)
    expect(introductions.to(seed.peerId)).toMatchObject({ introduce: 0 })
  })

  it('is signed again once it may be out of date', async () => {
    introductions.to(seed.peerId)
    await clock.advance(4_999)
    expect(introductions.to(others[0]!.peerId).presence).toEqual(Uint8Array.of(1))
    await clock.advance(1)
    expect(introductions.to(others[1]!.peerId).presence).toEqual(Uint8Array.of(2))
  })
})

describe('who is introduced', () => {
  const namesOf = (envelopes: readonly Uint8Array[], to = new Membership(asSomeoneElse)) => {
    const there = new Introductions({ clock, task } as unknown as SessionContext, {
      membership: to,
      presence: () => new Uint8Array(),
      lacking: () => 0,
    })
    there.hear(envelopes)
    return to.present().map(([peer]) => peer)
  }
  const asSomeoneElse = { self: 'someone' as PeerId, committee: new Set<PeerId>(), connected: () => new Set<PeerId>() }

  it('is a random part of those present that can be dialled, without the one who asks', () => {
    expect(introductions.hear(others.slice(0, 10).map((one) => presence(one)))).toBe(true)
    introductions.hear([presence(others[10]!, { addresses: [] }), presence(others[11]!, { status: 'leaving' })])
    const asker = others[0]!.peerId
    const all = namesOf(introductions.of(asker, 16))
    expect(all.toSorted()).toEqual(
      others
        .slice(1, 10)
        .map(({ peerId }) => peerId)
        .toSorted(),
    )
    const drawn = Array.from({ length: 40 }, () => namesOf(introductions.of(asker, 3)))
    for (const some of drawn) expect(some).toHaveLength(3)
    expect(new Set(drawn.flat()).size).toBe(9)
  })

  it('holds for as long as its presence would, and no longer', () => {
    const late = presence(others[0]!, { at: clock.now() - 2 * minute - 20_001 })
    const early = presence(others[1]!, { at: clock.now() + 3 * minute })
    expect(introductions.hear([late, early])).toBe(false)
    expect(introductions.hear([presence(others[0]!, { at: clock.now() - 2 * minute - 20_000 })])).toBe(true)
    // In a crowd each speaks more rarely.
    membership.counted(seed.peerId, 640)
    expect(introductions.hear([presence(others[2]!, { at: clock.now() - 5 * minute })])).toBe(true)
  })

  it('is no news to whoever knows it', () => {
    const one = presence(others[0]!)
    expect(introductions.hear([one])).toBe(true)
    expect(introductions.hear([one, presence(self)])).toBe(false)
  })

  it('must have said so itself, of this task', () => {
    const forged = presence(others[0]!)
    forged[forged.length - 1]! ^= 1
    expect(() => introductions.hear([forged])).toThrow()
    const elsewhere = presence(others[0]!, { task: sha256(Uint8Array.of(2)) as string as TaskId })
    expect(() => introductions.hear([elsewhere])).toThrow('of another task')
    expect(membership.present()).toEqual([])
  })
})

describe('ownPresence', () => {
  it('is what a peer itself has signed, of this task', () => {
    const { peerId } = others[0]!
    const bytes = presence(others[0]!)
    expect(ownPresence(peerId, bytes, task)).toMatchObject({ status: 'ready', at: clock.now() })
    expect(ownPresence(others[1]!.peerId, bytes, task)).toBeUndefined()
    expect(ownPresence(peerId, bytes, sha256(Uint8Array.of(2)) as string as TaskId)).toBeUndefined()
    expect(ownPresence(peerId, bytes.slice(1), task)).toBeUndefined()
    const application = seal(others[0]!, 'application', { task })
    expect(ownPresence(peerId, application.bytes, task)).toBeUndefined()
  })
})
