/**
 * A relay alone: where peers meet that cannot be dialled, where newcomers begin, and a server of the DHT. It trains nothing,
 * votes on nothing and stores no model.
 * @module
 */
import { tcp } from '@libp2p/tcp'
import { webRTCDirect } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import type { PeerId } from '../peer-core/foundation/index.ts'
import {
  createServerNetwork,
  type Libp2pNetwork,
  type ListenPorts,
  type RelayLimits,
} from '../peer-core/network/index.ts'
import type { Clock } from '../peer-core/ports/index.ts'
import { maxConnections, relayLimits } from './limits.ts'

export interface RelayOptions {
  /** 32 bytes, as in `createIdentity`: the relay's peer id, and so its address, stays the same */
  readonly secretSeed: Uint8Array
  /** `127.0.0.1` when absent */
  readonly host?: string
  /** any free ones when absent; a transport that is left out does not listen */
  readonly ports?: ListenPorts
  /** the relay's multiaddrs as others see them, on a public host; what it listens at when absent */
  readonly announce?: readonly string[]
  /** other relays and seeds, to stay connected to */
  readonly bootstrap?: readonly string[]
  readonly limits?: RelayLimits
  readonly clock?: Clock
  readonly onFault?: (where: string, error: unknown) => void
}

export interface Relay {
  readonly peerId: PeerId
  readonly network: Libp2pNetwork
  /** one for each transport, with the peer id */
  addresses(): string[]
  stop(): Promise<void>
}

/** Starts a relay. @throws {@link NetworkError} `CANNOT_LISTEN` */
export async function createRelay(options: RelayOptions): Promise<Relay> {
  const network = await createServerNetwork({
    ...options,
    transports: [tcp(), webSockets(), webRTCDirect({ rtcConfiguration: { iceServers: [] } })],
    host: options.host ?? '127.0.0.1',
    ports: options.ports ?? { tcp: 0, websocket: 0, webrtcDirect: 0 },
    relay: options.limits ?? relayLimits,
    maxConnections,
    followTopics: true,
  })
  await network.start()
  return {
    peerId: network.self,
    network,
    addresses: network.addresses,
    stop: network.stop,
  }
}
