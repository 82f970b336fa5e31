/**
 * Held-out scores: who gives them, what they say, and what several of them come to.
 *
 * A scorer tries a contribution alone, at full size, on examples of its own that no training saw. At full size harm grows with the square
 * of a lie's length, while honest work on unusual data is as long as anyone's: that is what tells them apart. At the size that it has
 * in a mean of all, a tenfold opposite and a peer with rare classes look alike (docs/reputation.md has both measured).
 * @module
 */
import { concatBytes, type Hash, hexToBytes, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { clamp, ONE } from './fixed-point.ts'

export interface Trial {
  /** held-out loss of the base model */
  readonly baseLoss: number
  /** held-out loss of `base + outerLearningRate · delta` */
  readonly trialLoss: number
  /** held-out loss of knowing nothing, positive: of the initial model, or `ln classes` */
  readonly unitLoss: number
}

/**
 * `(baseLoss − trialLoss) / unitLoss`. The unit stays the same for the task's life: harm that no longer matters, near the optimum, is not
 * made large by dividing by little.
 * @returns millionths in `[−10⁶, 10⁶]`, an integer; the worst for a trial that is not finite
 */
export function scoreOf({ baseLoss, trialLoss, unitLoss }: Trial): number {
  const worth = (baseLoss - trialLoss) / unitLoss
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
