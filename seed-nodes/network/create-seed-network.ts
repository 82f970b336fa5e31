/**
 * The network of a seed node, and of a headless contributor.
 *
 * A seed is a relay with a peer on top: it listens over TCP, WebSockets and WebRTC-direct, relays for those who cannot listen,
 * and serves the DHT. It also speaks WebRTC through a relay, so that it reaches tabs that have not dialled it. A contributor
 * listens nowhere: relays make it reachable, as they do for tabs.
 * @module
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { tcp } from '@libp2p/tcp'
import { webRTC, webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import {
  createMeshNode,
  createServerNetwork,
  type Libp2pNetwork,
  type ListenPorts,
  libp2pNetwork,
  maxEarlyStreams,
  tabRelayLimits,
  taskRecordRules,
} from '../../peer-core/network/index.ts'
import { type Clock, realClock } from '../../peer-core/ports/index.ts'
import { maxConnections, relayLimits } from '../../relay/limits.ts'

const maxContributorConnections = 100

export interface SeedNetworkOptions {
  /** 32 bytes, as in `createIdentity` */
  readonly secretSeed: Uint8Array
  /** `127.0.0.1` when absent */
  readonly host?: string
  /** any free ones when absent; a transport that is left out does not listen */
  readonly ports?: ListenPorts
  /** our multiaddrs as others see them, on a public host; what we listen at when absent or empty */
  readonly announce?: readonly string[]
  /** multiaddrs of other seeds and relays, to stay connected to */
  readonly bootstrap?: readonly string[]
  /** STUN and TURN servers for WebRTC; none when absent */
  readonly iceServers?: readonly RTCIceServer[]
  readonly clock?: Clock
  readonly onFault?: (where: string, error: unknown) => void
}

export type ContributorNetworkOptions = Omit<SeedNetworkOptions, 'host' | 'ports' | 'announce'>

/** Not started; its `start` throws a {@link NetworkError} `CANNOT_LISTEN` when a port is in use. */
export function createSeedNetwork(options: SeedNetworkOptions): Promise<Libp2pNetwork> {
  return createServerNetwork({
    ...options,
    transports: transports(options),
    host: options.host ?? '127.0.0.1',
    ports: options.ports ?? { tcp: 0, websocket: 0, webrtcDirect: 0 },
    relay: relayLimits,
    maxConnections,
    // The peer on top subscribes to the tasks that it knows.
    followTopics: false,
  })
}

/** Not started. */
export async function createContributorNetwork(options: ContributorNetworkOptions): Promise<Libp2pNetwork> {
  const { clock = realClock } = options
  const mesh = await createMeshNode({
    secretSeed: options.secretSeed,
    clock,
    transports: transports(options),
    listen: ['/webrtc'],
    server: false,
    maxConnections: maxContributorConnections,
    relay: tabRelayLimits,
    privateAddresses: true,
  })
  const network = libp2pNetwork(mesh, {
    clock,
    bootstrap: options.bootstrap,
    maxConnections: maxContributorConnections,
    reserveAtRelays: true,
    onFault: options.onFault,
  })
  network.setRecordRules('zen-task', taskRecordRules)
  return network
}

function transports({ iceServers = [] }: ContributorNetworkOptions) {
  const rtcConfiguration = { iceServers: [...iceServers] }
  return [
    tcp(),
    webSockets(),
    webRTC({ rtcConfiguration, maxEarlyStreams }),
    webRTCDirect({ rtcConfiguration, maxEarlyStreams }),
    circuitRelayTransport(),
  ]
}
