/**
 * Multiaddrs as text: what path a connection over one takes, whom it reaches, and in which order several are tried.
 * @module
 */
import { multiaddr } from '@multiformats/multiaddr'
import { isPeerId, type PeerId } from '../foundation/index.ts'
import type { Path } from '../ports/index.ts'

const circuit = '/p2p-circuit'

/** `undefined` for an address of a transport that we do not speak. */
export function pathOf(address: string): Path | undefined {
  const at = address.lastIndexOf(circuit)
  // What stands before the last circuit is how the relay is reached, not how the bytes travel.
  if (at >= 0) return /\/webrtc(\/|$)/.test(address.slice(at)) ? 'webrtc' : 'relayed'
  if (/\/webrtc-direct(\/|$)/.test(address)) return 'webrtc-direct'
  if (/\/webrtc(\/|$)/.test(address)) return 'webrtc'
  if (/\/wss?(\/|$)/.test(address)) return 'websocket'
  if (/\/tcp\/\d+(\/p2p\/[^/]+)?$/.test(address)) return 'tcp'
  if (address.startsWith('/memory/')) return 'memory'
  return undefined
}

/** The peer at the far end, when the address names it. */
export function peerOf(address: string): PeerId | undefined {
  const last = /\/p2p\/([^/]+)$/.exec(address)?.[1]
  return last !== undefined && isPeerId(last) ? last : undefined
}

/** The relay of a circuit address: the peer right before the last circuit. */
export function relayOf(address: string): PeerId | undefined {
  const at = address.lastIndexOf(circuit)
  return at < 0 ? undefined : peerOf(address.slice(0, at))
}

/**
 * A circuit over a relay that is itself reached over another relay cannot be dialled as it stands: libp2p takes the first
 * relay for the one to ask. Once we are connected to the second, its id alone says enough.
 */
export function withoutNesting(address: string): string {
  const at = address.lastIndexOf(circuit)
  if (at < 0 || !address.slice(0, at).includes(circuit)) return address
  const relay = relayOf(address)
  return relay === undefined ? address : `/p2p/${relay}${address.slice(at)}`
}

/** The relayed address over which a `/webrtc` address is signalled. */
export function signallingOf(address: string): string {
  const at = address.lastIndexOf(circuit)
  return address.slice(0, at) + address.slice(at).replace(/\/webrtc(?=\/|$)/, '')
}

/**
 * Best first. Streams over TCP and WebSockets carry more than WebRTC where both exist (a Node that sends over WebRTC is ten
 * times slower), and a relay is only a way to say hello.
 */
const preference: readonly Path[] = ['memory', 'tcp', 'websocket', 'webrtc-direct', 'webrtc', 'relayed']

export function comparePaths(a: Path, b: Path): number {
  return preference.indexOf(a) - preference.indexOf(b)
}

/** The addresses that may reach `peer`, best path first, each once. */
export function dialOrder(peer: PeerId | undefined, addresses: readonly string[]): { address: string; path: Path }[] {
  const found = new Map<string, Path>()
  for (const given of addresses) {
    const named = peerOf(given)
    if (peer !== undefined && named !== undefined && named !== peer) continue
    const address = withoutNesting(peer !== undefined && named === undefined ? `${given}/p2p/${peer}` : given)
    const path = pathOf(address)
    if (path !== undefined && isMultiaddr(address)) found.set(address, path)
  }
  return [...found].map(([address, path]) => ({ address, path })).sort((a, b) => comparePaths(a.path, b.path))
}

/** Others tell us their addresses: any text may come. */
function isMultiaddr(text: string): boolean {
  try {
    multiaddr(text)
    return true
  } catch {
    return false
  }
}

/** Of a relay's addresses, the first of these that others can reach it by; tabs cannot dial TCP. */
const relayPreference: readonly (Path | undefined)[] = ['websocket', 'webrtc-direct', 'webrtc', 'tcp', 'relayed']

/**
 * Our own addresses as told to others: those we listen at, and for each relay one, over `/webrtc` where we speak it. libp2p
 * lists each relay's every transport, twice.
 */
export function advertised(addresses: readonly string[]): string[] {
  const direct: string[] = []
  const byRelay = new Map<PeerId, string[]>()
  for (const address of addresses.map(withoutNesting)) {
    const relay = relayOf(address)
    if (relay === undefined) direct.push(address)
    else byRelay.set(relay, [...(byRelay.get(relay) ?? []), address])
  }
  const relayRank = (address: string) => {
    const head = address.slice(0, address.lastIndexOf(circuit))
    const rank = relayPreference.indexOf(pathOf(head))
    return rank < 0 ? relayPreference.length : rank
  }
  const relayed = [...byRelay.values()].map((group) => {
    const upgrading = group.filter((address) => pathOf(address) === 'webrtc')
    return (upgrading.length > 0 ? upgrading : group).sort((a, b) => relayRank(a) - relayRank(b))[0]!
  })
  return [...new Set([...direct, ...relayed])]
}
