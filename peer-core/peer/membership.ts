/**
 * Who takes part in one task: what each peer last said of itself, and which of them we should be connected to. Presence
 * is soft state: what is not repeated is forgotten.
 * @module
 */
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { limits, type Presence } from '../wire/index.ts'

export interface Member {
  readonly presence: Presence
  /** on our own clock */
  readonly heard: number
}

/** Whoever comes later is not listed, and can still contribute. */
const mostMembers = 1_024
/** Members of whom each can speak at every heartbeat. */
const smallCrowd = 64
/** As many neighbours as a page can afford connections to, with room for relays. */
const wantedNeighbours = 8

export class Membership {
  readonly #self: PeerId
  readonly #members = new Map<PeerId, Member>()

  constructor(self: PeerId) {
    this.#self = self
  }

  /** @returns whether it is newer than what we had */
  heard(peer: PeerId, presence: Presence, now: number): boolean {
    const known = this.#members.get(peer)
    if (peer === this.#self || (known !== undefined && known.presence.at >= presence.at)) return false
    if (known === undefined && this.#members.size >= mostMembers) return false
    this.#members.set(peer, { presence, heard: now })
    return true
  }

  /**
   * How many heartbeats a contributor lets pass between two presences, 1 or more. Everyone hears everyone: the more there
   * are, the rarer each speaks, so that a peer hears as much of a thousand as of a hundred.
   */
  get patience(): number {
    return Math.max(1, this.#members.size / smallCrowd)
  }

  /** @returns peers not heard of for too long, or that said goodbye: no longer members */
  sweep(now: number): PeerId[] {
    const gone: PeerId[] = []
    const { patience } = this
    for (const [peer, { presence, heard }] of this.#members) {
      const rare = presence.role === 'seed' ? 1 : patience
      const kept = presence.status === 'leaving' ? limits.presenceMs / 4 : limits.presenceMs * rare
      if (now - heard > kept) gone.push(peer)
    }
    for (const peer of gone) this.#members.delete(peer)
    return gone
  }

  forget(peer: PeerId): void {
    this.#members.delete(peer)
  }

  get(peer: PeerId): Member | undefined {
    return this.#members.get(peer)
  }

  /** All but those that are leaving. */
  present(): [PeerId, Member][] {
    return [...this.#members].filter(([, { presence }]) => presence.status !== 'leaving')
  }

  /** Members to dial: a fixed, random-looking choice for each peer, so that the graph of all is well connected. */
  toDial(connected: ReadonlySet<PeerId>): [PeerId, Member][] {
    const present = this.present()
    const have = present.filter(([peer]) => connected.has(peer)).length
    if (have >= wantedNeighbours) return []
    const dialable = present.filter(([peer, { presence }]) => !connected.has(peer) && presence.addresses.length > 0)
    return ranked(this.#self, dialable, ([peer]) => peer).slice(0, wantedNeighbours - have)
  }
}

/** Highest-random-weight order (Thaler, Ravishankar 1998): the same on every machine, different for every `key`. */
function ranked<T>(key: string, items: readonly T[], peerOf: (item: T) => PeerId): T[] {
  return items
    .map((item) => ({ item, rank: sha256(utf8ToBytes(`${key}/${peerOf(item)}`)) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item)
}

/** Where a peer stands among hashes: the first 32 bits of its own. */
const points = new Map<PeerId, number>()

function pointOf(peer: PeerId): number {
  const known = points.get(peer)
  if (known !== undefined) return known
  if (points.size >= 16 * mostMembers) points.clear()
  const point = leadingBits(sha256(utf8ToBytes(peer)))
  points.set(peer, point)
  return point
}

function leadingBits(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16)
}

/** Every bit of the result hangs on every bit of `x` (MurmurHash3, `fmix32`, Appleby). */
function mixed(x: number): number {
  let h = x
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * The first `count` peers for a hash, in the order of highest-random-weight hashing (Thaler, Ravishankar 1998) over the first
 * 32 bits of it and of each peer's: the same for all who know the same peers, and every peer is as likely as any other. Plain
 * XOR distance would give a few of them most of the hashes. Of equal ones the lesser id comes first.
 */
export function chosen(hash: Hash, peers: readonly PeerId[], count: number): PeerId[] {
  const target = leadingBits(hash)
  return peers
    .map((peer) => ({ peer, rank: mixed(pointOf(peer) ^ target) }))
    .sort((a, b) => a.rank - b.rank || (a.peer < b.peer ? -1 : 1))
    .slice(0, count)
    .map(({ peer }) => peer)
}
