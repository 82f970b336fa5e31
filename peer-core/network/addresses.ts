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
 * A circuit over a relay that is itself reached over another relay, or over WebRTC, cannot be dialled as it stands: libp2p
 * takes the first relay for the one to ask. Once we are connected to the last, its id alone says enough.
 */
export function withoutNesting(address: string): string {
  const at = address.lastIndexOf(circuit)
  if (at < 0 || !/\/(p2p-circuit|webrtc)\//.test(address.slice(0, at))) return address
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

/**
 * Our own addresses as told to others: those we listen at, and for each relay one. libp2p lists each relay's every transport.
 *
 * @param overWebRtc - whether we speak WebRTC: then who meets us at a relay goes on directly. libp2p says so only of relays
 *   that it reaches without WebRTC itself.
 */
export function advertised(addresses: readonly string[], overWebRtc: boolean): string[] {
  const direct: string[] = []
  const byRelay = new Map<PeerId, string[]>()
  for (const address of addresses) {
    const relay = relayOf(address)
    if (relay === undefined) direct.push(address)
    else byRelay.set(relay, [...(byRelay.get(relay) ?? []), address])
  }
  const relayed = [...byRelay.values()].map((group) => {
    const best = group.sort((a, b) => relayRank(a) - relayRank(b))[0]!
    const signalling = withoutNesting(signallingOf(best))
    return overWebRtc ? signalling.replace(/\/p2p-circuit(?=\/p2p\/[^/]+$)/, '/p2p-circuit/webrtc') : signalling
  })
  return [...new Set([...direct, ...relayed])]
}

/** Of a relay's addresses, the first of these that others can reach it by; tabs cannot dial TCP. */
const relayPreference: readonly (Path | undefined)[] = ['websocket', 'webrtc-direct', 'webrtc', 'tcp', 'relayed']

function relayRank(address: string): number {
  const rank = relayPreference.indexOf(pathOf(address.slice(0, address.lastIndexOf(circuit))))
  return rank < 0 ? relayPreference.length : rank
}
