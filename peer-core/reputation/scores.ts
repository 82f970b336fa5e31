/**
 * Held-out scores: who gives them, what they say, and what several of them come to.
 *
 * A scorer tries a contribution alone, at a quarter of its size, on examples of its own that no training saw. Whole, honest work on
 * unusual data undoes what others know, and looks like a lie; at the part that it has in a mean of all, a tenfold opposite near the optimum
 * looks like honest work. At a quarter harm still grows with the square of a lie's length, and honest work of all kinds does next to
 * none (docs/reputation.md has all three measured).
 * @module
 */
import { concatBytes, type Hash, hexToBytes, type PeerId, sha256, utf8ToBytes } from '../foundation/index.ts'
import { clamp, ONE } from './fixed-point.ts'

/** Of a contribution's size, that it is tried at. */
export const TRIED = 0.25

/** Units of loss beyond which nothing gets worse, or better: a tenfold opposite costs up to twenty on MNIST. */
export const WORST = 100

export interface Trial {
  /** held-out loss of the base model */
  readonly baseLoss: number
  /** held-out loss of `base + TRIED · outerLearningRate · delta` */
  readonly trialLoss: number
  /** held-out loss of knowing nothing, positive: of the initial model, or `ln classes` */
  readonly unitLoss: number
}

/**
 * `(baseLoss − trialLoss) / unitLoss`. The unit stays the same for the task's life: harm that no longer matters, near the optimum, is not
 * made large by dividing by little.
 * @returns millionths in `[−10⁸, 10⁸]`, an integer; the worst for a trial that is not finite
 */
export function scoreOf({ baseLoss, trialLoss, unitLoss }: Trial): number {
  const worth = (baseLoss - trialLoss) / unitLoss
  return Number.isFinite(worth) ? clamp(Math.round(worth * ONE), -WORST * ONE, WORST * ONE) : -WORST * ONE
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
  /** who is asked first: they hold all contributions anyway, and are who a small task rests on */
  readonly committee: readonly PeerId[]
  readonly proven: readonly PeerId[]
  readonly count: number
}

/**
 * The round's scorers: of the committee, then of the proven peers, those with the smallest `sha256(roundHash ‖ "scorer" ‖ peer)`. The order
 * of candidates does not matter, and the next round draws anew.
 */
export function drawScorers({ roundHash, committee, proven, count }: ScorerDraw): PeerId[] {
  const first = byLot(roundHash, 'scorer', [...new Set(committee)])
  const others = byLot(roundHash, 'scorer', [...new Set(proven)])
  return [...new Set([...first, ...others])].slice(0, count)
}

/** What one scorer found of one contribution. */
export interface Finding {
  readonly scorer: PeerId
  readonly score: number
}

export interface Judges {
  /** of the scorers drawn, who may judge this work */
  readonly drawn: readonly PeerId[]
  /** of those, the task's own committee: it has examples, and the task rests on it anyway */
  readonly committee: readonly PeerId[]
}

/**
 * The scores that a verdict may rest on: of more than half of those drawn, at least `minimum`. Where fewer of them answer, as when most are
 * browsers without examples, those of more than half of the committee's own, at least `minimum` or all of a smaller committee; what others
 * say does not add to them.
 *
 * Whoever proposes chooses which scores are there. Against a proposer that lies too, the median holds while fewer than half of what makes a
 * verdict lies, at worst a quarter of those drawn.
 * @returns none when there are too few
 */
export function decisiveScores(
  findings: readonly Finding[],
  { drawn, committee }: Judges,
  minimum: number,
): readonly number[] {
  const scoresOf = (some: readonly Finding[]) => some.map(({ score }) => score)
  if (findings.length >= minimum && 2 * findings.length > drawn.length) return scoresOf(findings)
  const members = findings.filter(({ scorer }) => committee.includes(scorer))
  const isEnough = members.length >= Math.min(minimum, committee.length) && 2 * members.length > committee.length
  return isEnough ? scoresOf(members) : []
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
