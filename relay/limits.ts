/**
 * What a relay lends to others, and why so much.
 *
 * Bytes of models never pass through it: browsers signal over it, a handshake of about 10 kB, and talk directly from then on.
 * Where no direct connection comes about, a megabyte carries announcements for two minutes; then the two must ask again, so
 * that a relay is a way to meet and not a way to live. Unlimited circuits would be taken for direct connections, and
 * everything would run through them.
 * @module
 */
import { MiB, minute } from '../peer-core/foundation/index.ts'
import type { RelayLimits } from '../peer-core/network/index.ts'

export const relayLimits: RelayLimits = {
  /** As many as the ten thousand sessions that are aimed at, over ten relays; each costs a few hundred bytes. */
  maxReservations: 1_000,
  circuitBytes: 1 * MiB,
  circuitMs: 2 * minute,
  /** Renewed five minutes before; a peer that left without a word blocks its place for at most an hour. */
  reservationMs: 60 * minute,
}

/** A reservation lives on a connection: the reservations, and as many who only pass by. One takes about 100 kB. */
export const maxConnections = 2_000
