/**
 * Connects to a peer by the best of its addresses.
 *
 * A `/webrtc` address is dialled in two steps: first a relayed connection, over which the two browsers signal, then the
 * direct one, after which the relayed one is closed. libp2p picks addresses by an order of its own and misses the moment at
 * which a data channel opens in one dial of fifteen, so that we choose, with a short deadline and several tries.
 * @module
 */
import type { Connection } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { messageOf, type PeerId, second } from '../foundation/index.ts'
import { abortable, type Clock, deadline } from '../ports/index.ts'
import { dialOrder, peerOf, signallingOf } from './addresses.ts'
import type { Bans } from './bans.ts'
import { connectionsTo, pathOfConnection } from './connections.ts'
import { NetworkError } from './errors.ts'
import type { MeshLibp2p } from './mesh-node.ts'

/** of one address, whatever libp2p does about it */
export const addressDialMs = 10 * second
const plainDialMs = 5 * second
/**
 * Of each try of a `/webrtc` address. Most that take longer than the first have missed their channel's opening; on a device
 * that is very busy they are only slow.
 */
const webRtcDialMs = [3 * second, 5 * second, 8 * second]
/** Two that could only meet over a relay try again to connect directly, so long after, and then as often as the last. */
const upgradeAfterMs = [5 * second, 15 * second, 30 * second]
const upgradeMs = 20 * second

export interface Dialer {
  /** @throws {@link NetworkError} `UNREACHABLE`, `BANNED`, `TOO_MANY_CONNECTIONS` */
  dial(peer: PeerId | undefined, addresses: readonly string[], signal: AbortSignal): Promise<PeerId>
  /** A connection that is not relayed, or else a relayed one; dials what libp2p or the DHT know of the peer's addresses. */
  reach(peer: PeerId, signal: AbortSignal): Promise<Connection>
  /** Gives up what it meant to try later. */
  stop(): void
}

export interface DialComponents {
  readonly node: MeshLibp2p
  readonly bans: Bans
  readonly clock: Clock
  /** uniform in [0, 1) */
  readonly random: () => number
  readonly maxConnections: number
}

export function createDialer({ node, bans, clock, random, maxConnections }: DialComponents): Dialer {
  const running = new Map<PeerId, Promise<PeerId>>()
  const upgrades = new Set<() => void>()

  const direct = (peer: PeerId) => connectionsTo(node, peer).find((connection) => connection.limits === undefined)

  const dialAddress = async (address: string, signal: AbortSignal, ms = plainDialMs): Promise<Connection> => {
    const limit = deadline(clock, ms, signal)
    try {
      return await abortable(node.dial(multiaddr(address), { signal: limit.signal }), limit.signal)
    } finally {
      limit.clear()
    }
  }

  /** The relayed connection first: libp2p then signals over it, whichever relay it goes through. */
  const dialWebRtc = async (address: string, signal: AbortSignal): Promise<Connection> => {
    const signalling = signallingOf(address)
    let failure: unknown
    for (const ms of webRtcDialMs) {
      signal.throwIfAborted()
      try {
        const named = peerOf(address)
        const relayed = named === undefined ? undefined : connectionsTo(node, named)[0]
        const { remotePeer } = relayed ?? (await dialAddress(signalling, signal))
        const peer = remotePeer.toString() as PeerId
        // The other end may have come to us meanwhile.
        const existing = direct(peer)
        if (existing !== undefined) return existing
        const connection = await dialAddress(address, signal, ms)
        if (pathOfConnection(connection) !== 'webrtc') continue
        for (const other of node.getConnections(connection.remotePeer)) {
          if (other.limits !== undefined) void other.close().catch((error) => other.abort(error))
        }
        return connection
      } catch (error) {
        failure = error
      }
    }
    throw failure ?? new Error('the dial gave a relayed connection')
  }

  const dialInOrder = async (peer: PeerId | undefined, addresses: readonly string[], signal: AbortSignal) => {
    const failures: string[] = []
    for (const { address, path } of dialOrder(peer, addresses)) {
      signal.throwIfAborted()
      if (peer !== undefined && path === 'relayed' && connectionsTo(node, peer).length > 0) return peer
      if (!(await node.isDialable(multiaddr(path === 'webrtc' ? signallingOf(address) : address)))) continue
      try {
        const connection = path === 'webrtc' ? await dialWebRtc(address, signal) : await dialAddress(address, signal)
        return connection.remotePeer.toString() as PeerId
      } catch (error) {
        failures.push(`${address}: ${messageOf(error)}`)
      }
    }
    signal.throwIfAborted()
    // WebRTC may have failed after the relayed connection was there: slow, but it is a way to each other.
    if (peer !== undefined && connectionsTo(node, peer).length > 0) {
      upgradeLater(peer, addresses, 0)
      return peer
    }
    const reason = failures.join('; ') || 'none of its addresses can be dialled from here'
    throw new NetworkError({ code: 'UNREACHABLE', peer: peer ?? '?', reason })
  }

  /** Tries again for as long as the relayed connection is all there is. */
  const upgradeLater = (peer: PeerId, addresses: readonly string[], attempt: number) => {
    const ms = upgradeAfterMs[Math.min(attempt, upgradeAfterMs.length - 1)]!
    // Both ends try: not in step, or they would go on disturbing each other.
    const cancel = clock.after(ms * (0.5 + random()), async () => {
      upgrades.delete(cancel)
      if (node.status !== 'started' || direct(peer) !== undefined || connectionsTo(node, peer).length === 0) return
      for (const { address, path } of dialOrder(peer, addresses)) {
        if (path !== 'webrtc') continue
        try {
          await dialWebRtc(address, AbortSignal.timeout(upgradeMs))
          return
        } catch {
          // Nothing is lost: the relayed connection stands.
        }
      }
      upgradeLater(peer, addresses, attempt + 1)
    })
    upgrades.add(cancel)
  }

  const dial: Dialer['dial'] = async (peer, addresses, signal) => {
    signal.throwIfAborted()
    if (node.status !== 'started') throw new NetworkError({ code: 'NOT_RUNNING' })
    if (peer === undefined) {
      assertBudget('?')
      return dialInOrder(peer, addresses, signal)
    }
    if (bans.isBanned(peer)) throw new NetworkError({ code: 'BANNED', peer })
    if (direct(peer) !== undefined) return peer
    assertBudget(peer)
    const existing = running.get(peer)
    if (existing !== undefined) {
      try {
        return await abortable(existing, signal)
      } catch {
        // It may have ended with another caller's patience, or with other addresses than ours.
        return dial(peer, addresses, signal)
      }
    }
    const dialling = dialInOrder(peer, addresses, signal).finally(() => running.delete(peer))
    running.set(peer, dialling)
    return dialling
  }

  const assertBudget = (peer: string) => {
    if (node.getConnections().length < maxConnections) return
    throw new NetworkError({ code: 'TOO_MANY_CONNECTIONS', peer, limit: maxConnections })
  }

  /** What the peer store knows, or else the DHT. */
  const knownAddresses = async (peer: PeerId, signal: AbortSignal): Promise<string[]> => {
    const id = peerIdFromString(peer)
    const known = await node.peerStore.get(id).then(
      ({ addresses }) => addresses,
      () => [],
    )
    if (known.length > 0) return known.map((entry) => entry.multiaddr.toString())
    const { multiaddrs } = await abortable(node.peerRouting.findPeer(id, { signal }), signal)
    return multiaddrs.map(String)
  }

  return {
    dial,
    stop() {
      for (const cancel of upgrades) cancel()
      upgrades.clear()
    },
    async reach(peer, signal) {
      signal.throwIfAborted()
      if (node.status !== 'started') throw new NetworkError({ code: 'NOT_RUNNING' })
      if (bans.isBanned(peer)) throw new NetworkError({ code: 'BANNED', peer })
      const known = connectionsTo(node, peer)[0]
      if (known !== undefined) return known
      try {
        await dial(peer, await knownAddresses(peer, signal), signal)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof NetworkError) throw error
        throw new NetworkError({ code: 'UNREACHABLE', peer, reason: messageOf(error) }, undefined, { cause: error })
      }
      const opened = connectionsTo(node, peer)[0]
      if (opened === undefined) throw new NetworkError({ code: 'UNREACHABLE', peer, reason: 'the connection closed' })
      return opened
    },
  }
}
