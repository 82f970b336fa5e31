/**
 * For whom a round does not wait: who failed the last one that waited for it. Their work is taken when it comes. After a second failure in
 * a row two rounds pass, after a third four, and so on: a peer that never delivers costs few deadlines, and a slow one that missed a round
 * once is awaited again, which nobody would be who is slower than the others otherwise (binary exponential backoff: Metcalfe, Boggs,
 * "Ethernet", CACM 19(7), 1976, section 3.5.2).
 * @module
 */
import type { PeerId } from '../foundation/index.ts'
import { isOverShare } from '../reputation/index.ts'
import type { Rejected } from '../wire/index.ts'

/** Rounds that pass at most; peers of whom nothing was heard for as long again are forgotten. */
export const longestWait = 64

interface Failure {
  /** in a row */
  readonly times: number
  /** the last round that does not wait */
  readonly until: number
}

export class Patience {
  readonly #failures = new Map<PeerId, Failure>()

  /** A round was committed. Whom the lot left out has delivered. */
  committed(body: {
    readonly round: number
    readonly contributions: readonly { readonly peer: PeerId }[]
    readonly rejected: readonly Rejected[]
  }): void {
    const { round } = body
    for (const { peer } of body.contributions) this.#failures.delete(peer)
    for (const { peer, reason } of body.rejected) {
      const { times, until } = this.#failures.get(peer) ?? { times: 0, until: 0 }
      if (isOverShare(reason)) this.#failures.delete(peer)
      else if (until < round) {
        this.#failures.set(peer, { times: times + 1, until: round + Math.min(longestWait, 2 ** times) })
      }
    }
    for (const [peer, { until }] of this.#failures) if (until + longestWait < round) this.#failures.delete(peer)
  }

  /** @returns for whom `round` does not wait */
  unawaited(round: number): ReadonlySet<PeerId> {
    return new Set([...this.#failures].flatMap(([peer, { until }]) => (round <= until ? [peer] : [])))
  }
}
