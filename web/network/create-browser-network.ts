/**
 * The network of a tab: WebSockets and WebRTC-direct to the seeds it was told of, WebRTC to other tabs. It cannot listen, so
 * that seeds make it reachable, and when they are gone, other tabs do; it relays for others in turn.
 * @module
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import { isPrivate } from '@libp2p/utils'
import { webRTC, webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { multiaddr } from '@multiformats/multiaddr'
import type { Identity } from '../../peer-core/foundation/index.ts'
import {
  createMeshNode,
  type Libp2pNetwork,
  libp2pNetwork,
  maxEarlyStreams,
  pathOf,
  tabRelayLimits,
  taskRecordRules,
} from '../../peer-core/network/index.ts'
import { type Clock, realClock } from '../../peer-core/ports/index.ts'

/** `RTCPeerConnection`s stop near 500 in a page; a cohort and a few neighbours need far fewer. */
const maxConnections = 40

export interface BrowserNetworkOptions {
  readonly identity: Pick<Identity, 'secretSeed'>
  /** multiaddrs of seeds and relays, to stay connected to */
  readonly seeds: readonly string[]
  /** STUN and TURN servers for WebRTC; none when absent, for libp2p's default would tell third parties who takes part */
  readonly iceServers?: readonly RTCIceServer[]
  readonly clock?: Clock
  readonly onFault?: (where: string, error: unknown) => void
}

/** Not started. A page that is being closed says goodbye by itself, and one that is online again redials at once. */
export async function createBrowserNetwork(options: BrowserNetworkOptions): Promise<Libp2pNetwork> {
  const { clock = realClock, seeds } = options
  const rtcConfiguration = { iceServers: [...(options.iceServers ?? [])] }
  const isLocal = seeds.some(isLocalAddress)
  const mesh = await createMeshNode({
    secretSeed: options.identity.secretSeed,
    clock,
    transports: [
      webSockets(),
      webRTC({ rtcConfiguration, maxEarlyStreams }),
      webRTCDirect({ rtcConfiguration, maxEarlyStreams }),
      circuitRelayTransport(),
    ],
    listen: ['/webrtc'],
    server: false,
    maxConnections,
    relay: tabRelayLimits,
    privateAddresses: isLocal,
    // A browser refuses these by default: right, unless the seed itself is on this machine or in this house.
    ...(isLocal ? { denyDialMultiaddr: () => false } : {}),
  })
  const network = libp2pNetwork(mesh, {
    clock,
    bootstrap: seeds.filter(isDialableByTabs),
    maxConnections,
    reserveAtRelays: true,
    onFault: options.onFault,
  })
  network.setRecordRules('zen-task', taskRecordRules)
  return whileThePageLives(network)
}

/** Ties the network to the page's events from its start to its stop. */
function whileThePageLives(network: Libp2pNetwork): Libp2pNetwork {
  const onHide = () => network.sayGoodbye()
  const onOnline = () => network.retryNow()
  return {
    ...network,
    async start() {
      addEventListener('pagehide', onHide)
      addEventListener('online', onOnline)
      await network.start()
    },
    async stop() {
      removeEventListener('pagehide', onHide)
      removeEventListener('online', onOnline)
      await network.stop()
    },
  }
}

function isDialableByTabs(address: string): boolean {
  const path = pathOf(address)
  return path !== undefined && path !== 'tcp'
}

function isLocalAddress(address: string): boolean {
  try {
    return isPrivate(multiaddr(address))
  } catch {
    return false
  }
}
