/** Whether bytes pass between two peers of a memory mesh, how long they take, and which are lost. @module */
import type { PeerId, Random } from '../../foundation/index.ts'
import type { Clock } from '../../ports/index.ts'

export interface LinkQuality {
  /** added to each way of each of the peer's links */
  readonly latencyMs?: number
  /**
   * Share of gossip copies that vanish; on streams, which are reliable, each loss costs a retransmission. What the mesh, the
   * sender and the receiver lose they lose independently.
   */
  readonly lossRate?: number
  /** the peer's uplink, shared by all it sends */
  readonly bytesPerSecond?: number
}

export interface LinkDefaults {
  /** one way, of every link or of the one between two peers */
  readonly latencyMs: number | ((from: PeerId, to: PeerId) => number)
  readonly jitterMs: number
  readonly lossRate: number
  readonly bytesPerSecond: number
}

/** as long as a TCP sender waits before it repeats (RFC 6298 has a minimum of 1 s, Linux uses 200 ms) */
const retransmitMs = 200

export interface Links {
  /** One way, now; the bytes take their turn on the sender's uplink. */
  delayMs(from: PeerId, to: PeerId, bytes: number, reliable: boolean): number
  lost(from: PeerId, to: PeerId): boolean
  separated(a: PeerId, b: PeerId): boolean
  partition(groups: readonly (readonly PeerId[])[]): void
  degrade(peer: PeerId, quality: LinkQuality): void
}

export function createLinks(clock: Clock, random: Random, base: LinkDefaults): Links {
  const { latencyMs } = base
  const latency = typeof latencyMs === 'number' ? () => latencyMs : latencyMs
  const qualities = new Map<PeerId, LinkQuality>()
  const groups = new Map<PeerId, number>()
  const uplinkFreeAt = new Map<PeerId, number>()

  const passRate = (peer: PeerId) => 1 - (qualities.get(peer)?.lossRate ?? 0)
  const lossRate = (a: PeerId, b: PeerId) => 1 - (1 - base.lossRate) * passRate(a) * passRate(b)

  return {
    delayMs(from, to, bytes, reliable) {
      const now = clock.now()
      const uplink = qualities.get(from)?.bytesPerSecond ?? base.bytesPerSecond
      const leftAt = Math.max(now, uplinkFreeAt.get(from) ?? now) + (bytes / uplink) * 1_000
      if (leftAt > now) uplinkFreeAt.set(from, leftAt)
      let ms = leftAt - now + latency(from, to) + base.jitterMs * random.next()
      ms += (qualities.get(from)?.latencyMs ?? 0) + (qualities.get(to)?.latencyMs ?? 0)
      if (reliable) {
        const rate = Math.min(0.9, lossRate(from, to))
        while (rate > 0 && random.next() < rate) ms += retransmitMs
      }
      return ms
    },
    lost(from, to) {
      const rate = lossRate(from, to)
      return rate > 0 && random.next() < rate
    },
    separated: (a, b) => groups.get(a) !== groups.get(b),
    partition(next) {
      groups.clear()
      next.forEach((group, index) => {
        for (const peer of group) groups.set(peer, index)
      })
    },
    degrade: (peer, quality) => void qualities.set(peer, quality),
  }
}
