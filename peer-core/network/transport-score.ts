/**
 * How well each neighbour behaves as a carrier of messages, for gossipsub's `appSpecificScore` (GossipSub v1.1 spec, P5).
 *
 * A few refused messages are forgiven, a few more who brought much that was worth something; then the score falls with the
 * square of their number (conduct.ts). It never rises above zero: nobody earns influence here, and none of it is reputation.
 *
 * The nodes that we began with are heard at worst, never shut out: a relay knows a task's form and not its rules, so that it
 * forwards in good faith what only members can refuse, and whoever sends such through it must not silence it.
 *
 * Departure: gossipsub's own P₂ and P₄ need parameters for each topic when the node is created; ours are made while it runs.
 * @module
 */
import { minute, type PeerId } from '../foundation/index.ts'
import type { Clock, Verdict } from '../ports/index.ts'
import { type Conduct, type ConductRules, decayed, delivered, refused, scoreOf, unknownConduct } from './conduct.ts'

const intervalMs = minute
/** Half is left after five intervals. */
const decay = 0.87
/** Three refusals leave a newcomer above gossipsub's first threshold, −10; nine end at the last, −80. */
const rules: ConductRules = {
  topicWeight: 1,
  delivered: { weight: 0.1, decay, cap: 50 },
  invalid: { weight: -1, decay },
}
const worstOfTrusted = -9
const mostPeers = 4_096

export interface TransportScore {
  /** `peer` was the first to hand us a message, and this is what came of it. */
  heard(peer: PeerId, verdict: Verdict): void
  /** at most 0; gossipsub ignores a peer's messages below −80 */
  score(peer: string): number
  /** @param trusted - peers that are never shut out */
  exempt(trusted: () => readonly string[]): void
}

export function createTransportScore(clock: Clock): TransportScore {
  const peers = new Map<string, { readonly conduct: Conduct; readonly at: number }>()
  let trusted: () => readonly string[] = () => []
  const conductOf = (peer: string): Conduct => {
    const known = peers.get(peer)
    return known === undefined ? unknownConduct : decayed(known.conduct, rules, (clock.now() - known.at) / intervalMs)
  }
  return {
    heard(peer, verdict) {
      if (verdict === 'ignore') return
      const conduct = conductOf(peer)
      peers.set(peer, {
        conduct: verdict === 'accept' ? delivered(conduct, rules) : refused(conduct),
        at: clock.now(),
      })
      // Whoever has been forgiven long ago need not be remembered.
      if (peers.size > mostPeers)
        for (const known of peers.keys()) if (conductOf(known).invalid === 0) peers.delete(known)
    },
    score(peer) {
      const score = Math.min(0, scoreOf(conductOf(peer), rules))
      return trusted().includes(peer) ? Math.max(worstOfTrusted, score) : score
    },
    exempt(list) {
      trusted = list
    },
  }
}
