/**
 * How well a neighbour behaves as a carrier of messages, for gossipsub's `appSpecificScore` (GossipSub v1.1 spec, P5).
 *
 * A few refused messages are forgiven; beyond {@link forgiven} the score falls with the square of their number (as P4 does),
 * and a refusal is forgotten by half every {@link halfLifeMs}. It never rises above zero: nobody earns influence here, and
 * none of it is reputation.
 *
 * The nodes that we began with are heard at worst, never shut out: a relay knows a task's form and not its rules, so that it
 * forwards in good faith what only members can refuse, and whoever sends such through it must not silence it.
 *
 * Departure: P4 itself needs parameters for each topic when the node is created; ours are made while it runs.
 * @module
 */
import { minute, type PeerId } from '../foundation/index.ts'
import type { Clock } from '../ports/index.ts'

const forgiven = 3
const halfLifeMs = 5 * minute
/** just above gossipsub's first threshold, −10 */
const worstOfTrusted = -9

export interface TransportScore {
  /** `peer` handed us a message that it should have refused. */
  refused(peer: PeerId): void
  /** at most 0; gossipsub ignores a peer's messages at −80 */
  score(peer: string): number
  /** @param trusted - peers that are never shut out */
  exempt(trusted: () => readonly string[]): void
}

export function createTransportScore(clock: Clock): TransportScore {
  const peers = new Map<string, { refusals: number; at: number }>()
  let trusted: () => readonly string[] = () => []
  const refusals = (peer: string) => {
    const known = peers.get(peer)
    return known === undefined ? 0 : known.refusals * 0.5 ** ((clock.now() - known.at) / halfLifeMs)
  }
  return {
    refused(peer) {
      peers.set(peer, { refusals: refusals(peer) + 1, at: clock.now() })
      // Whoever has been forgiven long ago need not be remembered.
      if (peers.size > 4_096) for (const known of peers.keys()) if (refusals(known) < 0.1) peers.delete(known)
    },
    score(peer) {
      const beyond = refusals(peer) - forgiven
      if (beyond <= 0) return 0
      return trusted().includes(peer) ? Math.max(worstOfTrusted, -beyond * beyond) : -beyond * beyond
    },
    exempt(list) {
      trusted = list
    },
  }
}
