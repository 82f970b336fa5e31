/**
 * The {@link Network} port over libp2p: gossipsub, streams, Kademlia, and what keeps a peer connected. Every part has a file of
 * its own; here they are put together, started and stopped.
 * @module
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { messageOf, type PeerId } from '../foundation/index.ts'
import { type Clock, type Network, realClock } from '../ports/index.ts'
import { advertised } from './addresses.ts'
import { connectionsTo, pathOfConnection } from './connections.ts'
import { createDialer } from './dial.ts'
import { libp2pDirectory } from './directory.ts'
import { followTopics } from './follow-topics.ts'
import { libp2pGossip } from './gossip.ts'
import { createLinks } from './link.ts'
import { listenError } from './listen-error.ts'
import type { MeshNode } from './mesh-node.ts'
import { createRedialler } from './redial.ts'
import { createReservations } from './reservations.ts'
import { libp2pStreams } from './streams.ts'

export interface Libp2pNetworkOptions {
  readonly clock?: Clock
  /** uniform in [0, 1), for the jitter of redials */
  readonly random?: () => number
  /** multiaddrs to stay connected to, for ever */
  readonly bootstrap?: readonly string[]
  readonly maxConnections: number
  /** For who cannot be dialled: asks relays to be reachable through them. */
  readonly reserveAtRelays?: boolean
  /** For a node without a peer: forwards the gossip of its neighbours' tasks. */
  readonly followTopics?: boolean
  /** What a handler threw. It stops nothing; `console.warn` when absent. */
  readonly onFault?: (where: string, error: unknown) => void
}

export interface Libp2pNetwork extends Network {
  /** Tells every neighbour that we leave, without waiting: for a page that is being closed. */
  sayGoodbye(): void
  /** Redials at once whoever is being waited for: the device is online again. */
  retryNow(): void
}

export function libp2pNetwork(mesh: MeshNode, options: Libp2pNetworkOptions): Libp2pNetwork {
  const { node, bans, meter, score } = mesh
  const { clock = realClock, random = Math.random, maxConnections } = options
  const fault = options.onFault ?? ((where, error) => console.warn(`zen-mesh: ${where}: ${messageOf(error)}`))
  const self = node.peerId.toString() as PeerId
  const isRunning = () => node.status === 'started'

  const gossip = libp2pGossip({ pubsub: node.services.pubsub, self, score, isRunning, fault })
  const dialer = createDialer({ node, bans, clock, random, maxConnections })
  const streams = libp2pStreams({ node, dialer, fault })
  const links = createLinks(node, meter, clock)
  const directory = libp2pDirectory({
    dht: node.services.dht,
    self,
    isRunning,
    learn: async (peer, multiaddrs) => void (await node.peerStore.merge(peer, { multiaddrs })),
  })
  const isConnected = (peer: PeerId) => connectionsTo(node, peer).some(({ limits }) => limits === undefined)
  const redialler = createRedialler({
    clock,
    random,
    addresses: options.bootstrap ?? [],
    dial: dialer.dial,
    isConnected,
  })
  score.exempt(redialler.peers)
  const reservations = options.reserveAtRelays === true ? createReservations(node, clock, redialler.peers) : undefined
  const watchers = new Set<() => void>()
  let stopFollowing = () => {}

  // libp2p updates its own list when it hears the event, which may be after us.
  const onChange = () =>
    queueMicrotask(() => {
      if (!isRunning()) return
      redialler.check()
      reservations?.check()
      for (const call of [...watchers]) {
        try {
          call()
        } catch (error) {
          fault('onConnections', error)
        }
      }
    })

  const disconnect = async (peer: PeerId) => {
    for (const connection of connectionsTo(node, peer)) links.sayGoodbye(connection)
    await node.hangUp(peerIdFromString(peer))
  }

  return {
    self,
    gossip,
    streams,
    directory,
    setRecordRules: directory.setRecordRules,
    async start() {
      node.addEventListener('connection:open', onChange)
      node.addEventListener('connection:close', onChange)
      links.start()
      try {
        await node.start()
      } catch (error) {
        await links.leave()
        await node.stop()
        throw listenError(error, mesh.listen)
      }
      gossip.start()
      if (options.followTopics === true) stopFollowing = followTopics(node.services.pubsub, gossip)
      redialler.start()
    },
    async stop() {
      if (!isRunning()) return
      redialler.stop()
      dialer.stop()
      reservations?.stop()
      stopFollowing()
      await links.leave()
      gossip.stop()
      watchers.clear()
      await node.stop()
    },
    addresses: () => {
      const through = reservations?.addresses() ?? []
      return advertised([...node.getMultiaddrs().map(String), ...through], mesh.listen.includes('/webrtc'))
    },
    connections: () =>
      node
        .getConnections()
        .filter(({ status }) => status === 'open')
        .map((connection) => ({
          peer: connection.remotePeer.toString() as PeerId,
          path: pathOfConnection(connection),
          address: connection.remoteAddr.toString(),
          inbound: connection.direction === 'inbound',
        })),
    dial: dialer.dial,
    async disconnect(peer) {
      if (isRunning()) await disconnect(peer)
    },
    ban(peer, ms) {
      bans.ban(peer, ms)
      if (isRunning()) disconnect(peer).catch((error) => fault('ban', error))
    },
    onConnections(call) {
      watchers.add(call)
      return () => void watchers.delete(call)
    },
    traffic: meter.read,
    sayGoodbye: () => links.sayGoodbye(),
    retryNow: redialler.retryNow,
  }
}
