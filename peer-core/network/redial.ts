/**
 * Keeps us connected to the nodes we were told to begin with: redials each for ever, with a growing pause and jitter, and at
 * once when a connection closes. libp2p tries once, and then nobody comes back by itself after a seed's restart.
 * @module
 */
import { type PeerId, second } from '../foundation/index.ts'
import { type Clock, deadline } from '../ports/index.ts'
import { peerOf } from './addresses.ts'

const firstPauseMs = 500
const longestPauseMs = 30 * second
const dialMs = 15 * second

export interface RedialInit {
  readonly clock: Clock
  /** uniform in [0, 1) */
  readonly random: () => number
  readonly addresses: readonly string[]
  readonly dial: (peer: PeerId | undefined, addresses: readonly string[], signal: AbortSignal) => Promise<PeerId>
  readonly isConnected: (peer: PeerId) => boolean
}

export interface Redialler {
  start(): void
  stop(): void
  /** A connection opened or closed. */
  check(): void
  /** Tries now whatever waits, for example when the device is online again. */
  retryNow(): void
  /** the peers behind the addresses, as far as they are known */
  peers(): PeerId[]
}

interface Target {
  readonly addresses: string[]
  peer: PeerId | undefined
  failures: number
  state: 'idle' | 'waiting' | 'dialling'
  cancel: () => void
}

export function createRedialler({ clock, random, addresses, dial, isConnected }: RedialInit): Redialler {
  const targets = groupByPeer(addresses)
  const stopped = new AbortController()
  let started = false

  const attempt = async (target: Target) => {
    target.state = 'dialling'
    const limit = deadline(clock, dialMs, stopped.signal)
    try {
      target.peer = await dial(target.peer, target.addresses, limit.signal)
      target.failures = 0
    } catch {
      target.failures++
    } finally {
      limit.clear()
      target.state = 'idle'
      check(target)
    }
  }
  const wait = (target: Target, ms: number) => {
    target.state = 'waiting'
    target.cancel = clock.after(ms, () => void attempt(target))
  }
  const check = (target: Target) => {
    if (!started || stopped.signal.aborted || target.state !== 'idle') return
    if (target.peer !== undefined && isConnected(target.peer)) return
    wait(target, pauseMs(target.failures, random()))
  }

  return {
    start() {
      started = true
      for (const target of targets) void attempt(target)
    },
    stop() {
      stopped.abort()
      for (const target of targets) target.cancel()
    },
    check: () => targets.forEach(check),
    retryNow() {
      for (const target of targets) {
        if (target.state !== 'waiting') continue
        target.cancel()
        target.failures = 0
        void attempt(target)
      }
    },
    peers: () => targets.flatMap(({ peer }) => peer ?? []),
  }
}

/**
 * Half of an exponentially growing pause, and up to as much again by chance, so that those whom one seed's restart cut off do
 * not all come back at once.
 */
export function pauseMs(failures: number, random: number): number {
  const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures, 16))
  return (pause / 2) * (1 + random)
}

function groupByPeer(addresses: readonly string[]): Target[] {
  const targets = new Map<string, Target>()
  for (const address of addresses) {
    const peer = peerOf(address)
    const known = targets.get(peer ?? address)
    if (known !== undefined) known.addresses.push(address)
    else targets.set(peer ?? address, { addresses: [address], peer, failures: 0, state: 'idle', cancel: () => {} })
  }
  return [...targets.values()]
}
