/** What a node that relays lends to others (circuit relay v2, {@link https://github.com/libp2p/specs/blob/master/relay/circuit-v2.md}). @module */
import { MiB, minute } from '../foundation/index.ts'

export interface RelayLimits {
  /** peers that can be reached through us at a time */
  readonly maxReservations: number
  /** of one relayed connection, both ways together */
  readonly circuitBytes: number
  readonly circuitMs: number
  /** until a reservation must be renewed */
  readonly reservationMs: number
}

/**
 * A tab: enough for the members of a cohort to find each other when every seed is gone. A WebRTC handshake takes about 10 kB
 * and a second, so that these bytes are for signalling, and a connection on which it fails still carries announcements.
 */
export const tabRelayLimits: RelayLimits = {
  maxReservations: 16,
  circuitBytes: 1 * MiB,
  circuitMs: 2 * minute,
  reservationMs: 60 * minute,
}
