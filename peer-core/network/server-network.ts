/**
 * A network for a machine that others can dial: a relay alone, or a seed below its peer. It listens over TCP, WebSockets and
 * WebRTC-direct, relays for those who cannot listen, and stores records for the DHT.
 *
 * The transports are given, for a browser's bundle must not contain them.
 * @module
 */
import { isLoopback, isPrivate } from '@libp2p/utils'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Libp2pOptions } from 'libp2p'
import { type Clock, type Path, realClock } from '../ports/index.ts'
import { pathOf } from './addresses.ts'
import { type Libp2pNetwork, type Libp2pNetworkOptions, libp2pNetwork } from './libp2p-network.ts'
import { createMeshNode } from './mesh-node.ts'
import { taskRecordRules } from './record-rules.ts'
import type { RelayLimits } from './relay-limits.ts'

/** 0 is any free port; a transport that is left out does not listen. */
export interface ListenPorts {
  readonly tcp?: number
  readonly websocket?: number
  /** UDP */
  readonly webrtcDirect?: number
}

export interface ServerNetworkInit {
  /** 32 bytes, as in `createIdentity` */
  readonly secretSeed: Uint8Array
  readonly transports: NonNullable<Libp2pOptions['transports']>
  /** address to listen on: `127.0.0.1`, `0.0.0.0`, `::` */
  readonly host: string
  readonly ports: ListenPorts
  /** Multiaddrs as others see this machine, for example behind a proxy: `/dns4/seed.example.org/tcp/443/wss`. */
  readonly announce?: readonly string[]
  /** other seeds and relays, to stay connected to */
  readonly bootstrap?: readonly string[]
  readonly relay: RelayLimits
  readonly maxConnections: number
  /** whether there is no peer on top that knows the tasks */
  readonly followTopics: boolean
  /** Keeps, among others, the certificate that WebRTC-direct addresses name; lost with the process when absent. */
  readonly datastore?: Libp2pOptions['datastore']
  readonly clock?: Clock
  readonly onFault?: Libp2pNetworkOptions['onFault']
}

/** The network is not started. */
export async function createServerNetwork(init: ServerNetworkInit): Promise<Libp2pNetwork> {
  const { clock = realClock, maxConnections, announce = [] } = init
  const mesh = await createMeshNode({
    secretSeed: init.secretSeed,
    clock,
    transports: init.transports,
    listen: listenAddresses(init.host, init.ports),
    ...(announce.length > 0 ? { announce } : { announceFilter: onePerPath }),
    server: true,
    maxConnections,
    relay: init.relay,
    privateAddresses: announce.every((address) => isPrivate(multiaddr(address))),
    datastore: init.datastore,
  })
  const network = libp2pNetwork(mesh, {
    clock,
    maxConnections,
    bootstrap: init.bootstrap,
    followTopics: init.followTopics,
    onFault: init.onFault,
  })
  network.setRecordRules('zen-task', taskRecordRules)
  return network
}

export function listenAddresses(host: string, ports: ListenPorts): string[] {
  const ip = host.includes(':') ? `/ip6/${host}` : `/ip4/${host}`
  return [
    ...(ports.tcp === undefined ? [] : [`${ip}/tcp/${ports.tcp}`]),
    ...(ports.websocket === undefined ? [] : [`${ip}/tcp/${ports.websocket}/ws`]),
    ...(ports.webrtcDirect === undefined ? [] : [`${ip}/udp/${ports.webrtcDirect}/webrtc-direct`]),
  ]
}

/** One address a transport, the most public: every one that is told costs everyone a dial that may hang. */
export function onePerPath(addresses: Multiaddr[]): Multiaddr[] {
  const best = new Map<Path | undefined, Multiaddr>()
  for (const address of addresses) {
    const path = pathOf(address.toString())
    const known = best.get(path)
    if (known === undefined || publicity(address) > publicity(known)) best.set(path, address)
  }
  return [...best.values()]
}

function publicity(address: Multiaddr): number {
  const reach = isLoopback(address) ? 0 : isPrivate(address) ? 1 : 2
  return 2 * reach + (address.toString().startsWith('/ip6/') ? 0 : 1)
}
