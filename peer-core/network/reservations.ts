/**
 * Where others can reach us who cannot listen: reservations at relays.
 *
 * One at every node we were told to begin with, for that is where newcomers come from; and while none of those is there, at up
 * to {@link spareRelays} peers that relay beside their own work, so that the mesh introduces its members when every seed is
 * gone. libp2p makes a reservation it was told to make only once, and one that it looks for itself goes to whoever is first.
 * @module
 */
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { PeerId } from '../foundation/index.ts'
import type { Clock } from '../ports/index.ts'
import { connectionsTo, pathOfConnection } from './connections.ts'
import type { MeshLibp2p } from './mesh-node.ts'

const hopProtocol = '/libp2p/circuit/relay/0.2.0/hop'
const circuitTransport = '@libp2p/circuit-relay-v2-transport'
const spareRelays = 2
/** before a relay that refused us, or whose reservation broke, is asked again */
const retryMs = 3_000

/** The part of the circuit transport that holds reservations; public in its class, absent from libp2p's interface. */
interface ReservationStore {
  hasReservation(peer: unknown): boolean
  addRelay(peer: unknown, type: 'configured'): Promise<unknown>
  addEventListener(type: 'relay:removed', listener: () => void): void
}

export interface Reservations {
  /** Connections changed. */
  check(): void
  /** Where we can be reached through peers, which libp2p does not list among its addresses. */
  addresses(): string[]
  stop(): void
}

/** @param preferred - the nodes that we began with */
export function createReservations(node: MeshLibp2p, clock: Clock, preferred: () => readonly PeerId[]): Reservations {
  const relays = new Set<PeerId>()
  const listening = new Set<PeerId>()
  const pending = new Set<PeerId>()
  let cancelRetry = () => {}
  let stopped = false

  const store = reservationStoreOf(node)
  const holds = (peer: PeerId) => store?.hasReservation(peerIdFromString(peer)) === true
  const direct = (peer: PeerId) => connectionsTo(node, peer).filter(({ limits }) => limits === undefined)
  const isOverWebRtc = (peer: PeerId) => direct(peer).every((connection) => pathOfConnection(connection) === 'webrtc')
  const reachable = (peer: PeerId) => direct(peer).length > 0

  const reserve = async (peer: PeerId) => {
    pending.add(peer)
    try {
      // The first listener on a relay shows the addresses of all reservations that are made there later. Over WebRTC a relay
      // has no host, and a listener would throw from inside an event, which ends a Node process.
      if (listening.has(peer) || isOverWebRtc(peer)) await store?.addRelay(peerIdFromString(peer), 'configured')
      else await node.services.internals.transportManager.listen([multiaddr(`/p2p/${peer}/p2p-circuit`)])
      if (holds(peer) && !isOverWebRtc(peer)) listening.add(peer)
    } catch {
      // Refused, or gone: asked again below.
    } finally {
      pending.delete(peer)
      if (!stopped && !holds(peer)) retryLater()
    }
  }
  const check = () => {
    if (stopped || store === undefined) return
    // Who comes back is identified anew.
    for (const peer of relays) if (!reachable(peer)) relays.delete(peer)
    const usable = [...relays]
    const first = preferred().filter((peer) => usable.includes(peer))
    const wanted = first.length > 0 ? first : usable.slice(0, spareRelays)
    for (const peer of wanted) if (!holds(peer) && !pending.has(peer)) void reserve(peer)
  }
  const retryLater = () => {
    cancelRetry()
    cancelRetry = clock.after(retryMs, check)
  }
  const onIdentify = ({ detail }: CustomEvent<IdentifyResult>) => {
    if (!detail.protocols.includes(hopProtocol)) return
    relays.add(detail.peerId.toString() as PeerId)
    check()
  }
  const onClose = (_: CustomEvent<Connection>) => retryLater()

  node.addEventListener('peer:identify', onIdentify)
  node.addEventListener('connection:close', onClose)
  store?.addEventListener('relay:removed', retryLater)

  return {
    check,
    addresses: () =>
      [...relays]
        .filter((peer) => holds(peer) && !listening.has(peer))
        .map((peer) => `/p2p/${peer}/p2p-circuit/p2p/${node.peerId}`),
    stop() {
      stopped = true
      cancelRetry()
      node.removeEventListener('peer:identify', onIdentify)
      node.removeEventListener('connection:close', onClose)
    },
  }
}

function reservationStoreOf(node: MeshLibp2p): ReservationStore | undefined {
  for (const transport of node.services.internals.transportManager.getTransports()) {
    if (transport[Symbol.toStringTag] === circuitTransport) {
      return (transport as unknown as { reservationStore: ReservationStore }).reservationStore
    }
  }
  return undefined
}
