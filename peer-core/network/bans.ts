/** Peers that we refuse for a while, as libp2p's connection gater. @module */
import type { PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { PeerId } from '../foundation/index.ts'
import type { Clock } from '../ports/index.ts'

export interface Bans {
  ban(peer: PeerId, ms: number): void
  isBanned(peer: PeerId): boolean
  /** For `connectionGater`; each refuses a banned peer, whichever way it comes. */
  readonly gater: {
    denyDialPeer(peer: Libp2pPeerId): boolean
    denyInboundEncryptedConnection(peer: Libp2pPeerId): boolean
    denyOutboundEncryptedConnection(peer: Libp2pPeerId): boolean
    denyInboundRelayReservation(source: Libp2pPeerId): boolean
    denyOutboundRelayedConnection(source: Libp2pPeerId, destination: Libp2pPeerId): boolean
    denyInboundRelayedConnection(relay: Libp2pPeerId, remote: Libp2pPeerId): boolean
  }
}

export function createBans(clock: Clock): Bans {
  const until = new Map<string, number>()
  const isBanned = (peer: string) => {
    const end = until.get(peer)
    if (end === undefined) return false
    if (end > clock.now()) return true
    until.delete(peer)
    return false
  }
  const denies = (peer: Libp2pPeerId) => isBanned(peer.toString())
  return {
    ban: (peer, ms) => void until.set(peer, clock.now() + ms),
    isBanned,
    gater: {
      denyDialPeer: denies,
      denyInboundEncryptedConnection: denies,
      denyOutboundEncryptedConnection: denies,
      denyInboundRelayReservation: denies,
      denyOutboundRelayedConnection: (source, destination) => denies(source) || denies(destination),
      denyInboundRelayedConnection: (_relay, remote) => denies(remote),
    },
  }
}
