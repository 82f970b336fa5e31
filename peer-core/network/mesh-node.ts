/**
 * The libp2p node below a network, the same in tabs and on servers; what differs, the transports and where it listens, is
 * given by the composition root.
 * @module
 */
import { type CircuitRelayService, circuitRelayServer } from '@libp2p/circuit-relay-v2'
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { type GossipSub, gossipsub } from '@libp2p/gossipsub'
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify'
import type { Libp2p, Transport } from '@libp2p/interface'
import { type KadDHT, kadDHT, passthroughMapper, removePrivateAddressesMapper } from '@libp2p/kad-dht'
import { noise } from '@libp2p/noise'
import { type Ping, ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import type { Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p, type Libp2pOptions } from 'libp2p'
import type { Clock } from '../ports/index.ts'
import { protocols } from '../wire/names.ts'
import { type Bans, createBans } from './bans.ts'
import { addressDialMs } from './dial.ts'
import { gossipsubOptions } from './gossip.ts'
import type { RelayLimits } from './relay-limits.ts'
import { createTrafficMeter, type TrafficMeter } from './traffic.ts'
import { createTransportScore, type TransportScore } from './transport-score.ts'

/** Streams that may open before a connection is known to both ends; one more than libp2p's 10 ends the connection. */
export const maxEarlyStreams = 64

/** The part of libp2p's components that a reservation needs and {@link Libp2p} does not show. */
export interface NodeInternals {
  readonly transportManager: { listen(addresses: Multiaddr[]): Promise<void>; getTransports(): Transport[] }
}

export type MeshServices = {
  identify: Identify
  identifyPush: IdentifyPush
  ping: Ping
  dht: KadDHT
  pubsub: GossipSub
  relay: CircuitRelayService
  internals: NodeInternals
}
export type MeshLibp2p = Libp2p<MeshServices>

export interface MeshNodeInit {
  /** 32 bytes; the node's peer id is that of `createIdentity(secretSeed)` */
  readonly secretSeed: Uint8Array
  readonly clock: Clock
  readonly transports: NonNullable<Libp2pOptions['transports']>
  readonly listen: readonly string[]
  /** instead of what the transports report */
  readonly announce?: readonly string[]
  readonly announceFilter?: (addresses: Multiaddr[]) => Multiaddr[]
  /** A server stores records for the DHT, is sent gossip by many, and may be reached by many from one address. */
  readonly server: boolean
  readonly maxConnections: number
  readonly relay: RelayLimits
  /** Addresses of private networks go into DHT answers: for meshes on one machine or in one house. */
  readonly privateAddresses: boolean
  /** libp2p's default refuses private addresses and `ws://` in browsers. */
  readonly denyDialMultiaddr?: (address: Multiaddr) => boolean
  readonly datastore?: Libp2pOptions['datastore']
}

export interface MeshNode {
  readonly node: MeshLibp2p
  readonly bans: Bans
  readonly meter: TrafficMeter
  readonly score: TransportScore
  /** the multiaddrs that it is to listen on */
  readonly listen: readonly string[]
}

/** The node is not started. */
export async function createMeshNode(init: MeshNodeInit): Promise<MeshNode> {
  const { clock, server, relay } = init
  const bans = createBans(clock)
  const meter = createTrafficMeter(clock)
  const score = createTransportScore(clock)

  const node = await createLibp2p<MeshServices>({
    start: false,
    privateKey: await generateKeyPairFromSeed('Ed25519', init.secretSeed),
    addresses: {
      listen: [...init.listen],
      ...(init.announce === undefined ? {} : { announce: [...init.announce] }),
      ...(init.announceFilter === undefined ? {} : { announceFilter: init.announceFilter }),
    },
    transports: init.transports,
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ maxEarlyStreams })],
    connectionManager: {
      maxConnections: init.maxConnections,
      addressDialTimeout: addressDialMs,
      // Of a house full of tabs behind one address, the defaults accept five.
      inboundConnectionThreshold: server ? 500 : 50,
      maxIncomingPendingConnections: server ? 200 : 30,
    },
    // Measured: its pings end connections that are only busy. link.ts watches instead.
    connectionMonitor: { enabled: false },
    connectionGater: {
      ...bans.gater,
      ...(init.denyDialMultiaddr === undefined ? {} : { denyDialMultiaddr: init.denyDialMultiaddr }),
    },
    metrics: meter.metrics,
    ...(init.datastore === undefined ? {} : { datastore: init.datastore }),
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      dht: kadDHT({
        protocol: protocols.dht,
        clientMode: !server,
        peerInfoMapper: init.privateAddresses ? passthroughMapper : removePrivateAddressesMapper,
      }),
      pubsub: gossipsub(gossipsubOptions(score, !server)),
      relay: circuitRelayServer({
        reservations: {
          maxReservations: relay.maxReservations,
          reservationTtl: relay.reservationMs,
          defaultDataLimit: BigInt(relay.circuitBytes),
          defaultDurationLimit: relay.circuitMs,
        },
      }),
      internals: ({ transportManager, addressManager }) => {
        tolerateAddressesWithoutIp(addressManager)
        return { transportManager }
      },
    },
  })
  meter.attach(() => node.getConnections())
  return { node, bans, meter, score, listen: init.listen }
}

/**
 * libp2p 3.3 throws inside an event handler, which ends a Node process and shows as an error of a page, when a relay is taken or
 * goes away one of whose addresses has no IP, as one reached over WebRTC (address-manager/dns-mappings.js `has`). There is no
 * mapping to confirm or to forget for it.
 */
export function tolerateAddressesWithoutIp<O>(addresses: ObservedAddresses<O>): void {
  addresses.confirmObservedAddr = tolerant(addresses.confirmObservedAddr.bind(addresses))
  addresses.removeObservedAddr = tolerant(addresses.removeObservedAddr.bind(addresses))
}

interface ObservedAddresses<O> {
  confirmObservedAddr(address: Multiaddr, options?: O): void
  removeObservedAddr(address: Multiaddr): void
}

function tolerant<A extends unknown[]>(change: (...args: A) => void): (...args: A) => void {
  return (...args) => {
    try {
      change(...args)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'InvalidParametersError') throw error
    }
  }
}
