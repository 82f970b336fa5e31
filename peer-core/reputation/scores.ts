/**
 * Held-out scores: who gives them, what they say, and what several of them come to.
 *
 * A scorer tries a contribution on examples of its own that no training saw, at the size the contribution has in a mean of all: that is
 * its marginal worth to first order, and it does not ask one peer's work to be a model of its own, which work on rare classes never is.
 * @module
 */
import { concatBytes, type Hash, hexToBytes, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { clamp, ONE } from './fixed-point.ts'

export interface Trial {
  /** held-out loss of the base model, positive */
  readonly baseLoss: number
  /** held-out loss of `base + delta · outerLearningRate / contributions` */
  readonly trialLoss: number
  /** how many contributions the round has */
  readonly contributions: number
}

/**
 * `contributions · (baseLoss − trialLoss) / baseLoss`, what the whole round would take off the loss if all its work were like this.
 * @returns millionths in `[−10⁶, 10⁶]`, an integer; the worst for a trial that is not finite
 */
export function scoreOf({ baseLoss, trialLoss, contributions }: Trial): number {
  const worth = (contributions * (baseLoss - trialLoss)) / baseLoss
  return Number.isFinite(worth) ? clamp(Math.round(worth * ONE), -ONE, ONE) : -ONE
}

/**
 * The middle score; of an even number, the mean of the middle two rounded down. While fewer than half of the scorers lie it is within
 * what honest ones found.
 */
export function medianOf(scores: readonly number[]): number {
  if (scores.length === 0) throw new RangeError('no scores have no median')
  const sorted = [...scores].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle]!
  return Math.floor((sorted[middle - 1]! + sorted[middle]!) / 2)
}

export interface ScorerDraw {
  /** hash of the commit before the round: nobody knew it when joining, everybody knows it now */
  readonly roundHash: Hash
  /** who may score: proven peers, or the committee while there are none */
  readonly candidates: readonly PeerId[]
  readonly count: number
}

/**
 * The round's scorers: the candidates with the smallest `sha256(roundHash ‖ "scorer" ‖ peer)`. The order of candidates does not matter,
 * and the next round draws anew.
 */
export function drawScorers({ roundHash, candidates, count }: ScorerDraw): PeerId[] {
  return byLot(roundHash, 'scorer', [...new Set(candidates)]).slice(0, count)
}

/** Who of them may score this peer's work: not itself, nor one of its own institution. */
export function scorersFor(
  contributor: PeerId,
  scorers: readonly PeerId[],
  institutionOf: (peer: PeerId) => string | undefined,
): PeerId[] {
  const own = institutionOf(contributor)
  return scorers.filter((peer) => peer !== contributor && (own === undefined || institutionOf(peer) !== own))
}

/** Peers by lot, the same for everyone who knows the round's hash. */
export function byLot(roundHash: Hash, purpose: string, peers: readonly PeerId[]): PeerId[] {
  const seed = hexToBytes(roundHash)
  return peers
    .map((peer) => ({ peer, lot: sha256(concatBytes(seed, utf8ToBytes(`${purpose}/${peer}`))) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : a.lot > b.lot ? 1 : 0))
    .map(({ peer }) => peer)
}
