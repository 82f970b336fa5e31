/**
 * Who takes part in one task: what each peer last said of itself, and which of them we should be connected to. Presence
 * is soft state: what is not repeated is forgotten.
 * @module
 */
import { type Hash, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { limits, type Presence } from '../wire/index.ts'

export interface Member {
  readonly presence: Presence
  /** The signed message that it came in, to be handed on. */
  readonly envelope: Uint8Array
  /** on our own clock */
  readonly heard: number
}

/** Those heard of last are listed; a crowd is larger. */
const mostMembers = 256
/** A member of the committee waits for them, and so lists more. */
const mostOfCommittee = 1_024
/** Members of whom each can speak at every heartbeat. */
const smallCrowd = 64
/** As many neighbours as a page can afford connections to, with room for relays. */
const wantedNeighbours = 8
/** No crowd is taken for larger. */
const largestCrowd = 100_000_000

export interface MembershipInit {
  readonly self: PeerId
  readonly committee: ReadonlySet<PeerId>
  /** A contributor's neighbours stay listed however long ago they spoke. */
  readonly connected: () => ReadonlySet<PeerId>
}

export class Membership {
  readonly #self: PeerId
  readonly #committee: ReadonlySet<PeerId>
  readonly #connected: () => ReadonlySet<PeerId>
  readonly #isOfCommittee: boolean
  readonly #most: number
  /** who spoke least lately first, more or less */
  readonly #members = new Map<PeerId, Member>()
  /** what each member of the committee counts */
  readonly #counts = new Map<PeerId, number>()
  #counted = 0

  constructor({ self, committee, connected }: MembershipInit) {
    this.#self = self
    this.#committee = committee
    this.#connected = connected
    this.#isOfCommittee = committee.has(self)
    this.#most = this.#isOfCommittee ? mostOfCommittee : mostMembers
  }

  /** @returns whether it is newer than what we had */
  heard(peer: PeerId, presence: Presence, envelope: Uint8Array, now: number): boolean {
    const known = this.#members.get(peer)
    if (peer === this.#self || (known !== undefined && known.presence.at >= presence.at)) return false
    if (known === undefined && this.#members.size >= this.#most && !this.#makeRoom()) return false
    this.#members.delete(peer)
    this.#members.set(peer, { presence, envelope, heard: now })
    if (presence.contributors !== undefined) this.counted(peer, presence.contributors)
    return true
  }

  #makeRoom(): boolean {
    const connected = this.#connected()
    const isKept = (peer: PeerId) => this.#committee.has(peer) || (!this.#isOfCommittee && connected.has(peer))
    let looked = 0
    for (const [peer, member] of this.#members) {
      this.#members.delete(peer)
      if (!isKept(peer)) return true
      // To the end, so that nobody looks at it again soon.
      this.#members.set(peer, member)
      if (++looked >= this.#most) return false
    }
    return false
  }

  /** A peer says how many contributors are connected to it: of a member of the committee it is believed. */
  counted(peer: PeerId, contributors: number): void {
    if (this.#committee.has(peer)) this.#count(() => this.#counts.set(peer, contributors))
  }

  /** As many for each member as the lower median of what they say: less than half of them cannot make a crowd of a few. */
  #count(change: () => void): void {
    change()
    const counts = [...this.#counts.values()].sort((a, b) => a - b)
    this.#counted = Math.min(largestCrowd, this.#committee.size * (counts[(counts.length - 1) >> 1] ?? 0))
  }

  /** How many take part, as far as one can tell: those listed, or as many as the committee counts. */
  get crowd(): number {
    return Math.max(this.#members.size, this.#counted)
  }

  /** Whether everyone lists the same peers, more or less: not where there are many, or most have not spoken yet. */
  get isListed(): boolean {
    return this.crowd <= mostMembers && this.#counted <= this.#committee.size * this.#members.size
  }

  /**
   * How many heartbeats a contributor lets pass between two presences, 1 or more. Everyone hears everyone: the more there
   * are, the rarer each speaks, so that a peer hears as much of ten thousand as of a hundred. So do receivers of a multicast
   * report (RTCP, RFC 3550, section 6.2).
   */
  get patience(): number {
    return Math.max(1, this.crowd / smallCrowd)
  }

  /** @returns peers not heard of for too long, or that said goodbye: no longer members */
  sweep(now: number): PeerId[] {
    const gone: PeerId[] = []
    for (const [peer, { presence, heard }] of this.#members) {
      if (now - heard > this.keptMs(presence)) gone.push(peer)
    }
    for (const peer of gone) this.forget(peer)
    return gone
  }

  /** For how long a presence holds. */
  keptMs({ role, status }: Presence): number {
    if (status === 'leaving') return limits.presenceMs / 4
    return limits.presenceMs * (role === 'seed' ? 1 : this.patience)
  }

  forget(peer: PeerId): void {
    this.#members.delete(peer)
    if (this.#counts.has(peer)) this.#count(() => this.#counts.delete(peer))
  }

  get(peer: PeerId): Member | undefined {
    return this.#members.get(peer)
  }

  /** All but those that are leaving. */
  present(): [PeerId, Member][] {
    return [...this.#members].filter(([, { presence }]) => presence.status !== 'leaving')
  }

  /** How many neighbours we lack. */
  lacks(connected: ReadonlySet<PeerId>): number {
    let lacking = wantedNeighbours
    for (const peer of connected) if (this.#isPresent(peer) && --lacking === 0) break
    return lacking
  }

  /** Members to dial: a fixed, random-looking choice for each peer, so that the graph of all is well connected. */
  toDial(connected: ReadonlySet<PeerId>): [PeerId, Member][] {
    const lacking = this.lacks(connected)
    if (lacking === 0) return []
    const dialable = this.present()
      .filter(([peer, { presence }]) => !connected.has(peer) && presence.addresses.length > 0)
      .map(([peer]) => peer)
    const wanted = chosen(sha256(utf8ToBytes(`${this.#self}/dials`)), dialable, lacking)
    return wanted.map((peer) => [peer, this.#members.get(peer)!])
  }

  #isPresent(peer: PeerId): boolean {
    const known = this.#members.get(peer)
    return known !== undefined && known.presence.status !== 'leaving'
  }
}

/** Where a peer stands among hashes: the first 32 bits of its own. */
const points = new Map<PeerId, number>()
const mostPoints = 32_768

function pointOf(peer: PeerId): number {
  const known = points.get(peer)
  if (known !== undefined) return known
  if (points.size >= mostPoints) points.clear()
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
  return peers
    .map((peer) => ({ peer, rank: rankOf(hash, peer) }))
    .sort((a, b) => a.rank - b.rank || (a.peer < b.peer ? -1 : 1))
    .slice(0, count)
    .map(({ peer }) => peer)
}

/**
 * A lottery that everyone draws alike without knowing who takes part: a peer is drawn with probability `share`, for each hash
 * anew.
 */
export function isDrawn(hash: Hash, peer: PeerId, share: number): boolean {
  return rankOf(hash, peer) < share * 2 ** 32
}

function rankOf(hash: Hash, peer: PeerId): number {
  return mixed(pointOf(peer) ^ leadingBits(hash))
}
