/**
 * Quorums in whole points of power, *strictly* above their fraction.
 *
 * Buchman, Kwon, Milosevic, "The latest gossip on BFT consensus", 2018 ({@link https://arxiv.org/abs/1807.04938 | arXiv:1807.04938}),
 * section 3.1: with total power `n` and Byzantine power `f < n/3`, any two sets of more than `2n/3` share an honest
 * member, and any set of more than `n/3` holds one. CometBFT compares in the same integers (`VerifyCommit`: "Needed" is
 * the floor of the fraction and must be exceeded).
 *
 * Only integers: `3 · power` stays exact below 2⁵³, far above {@link maxTotalPower}.
 * @module
 */

/** The most power a committee may hold in all; also bounds the length of the proposer's cycle. */
export const maxTotalPower = 1_000_000

export interface Fraction {
  readonly numerator: number
  readonly denominator: number
}

export const oneThird: Fraction = { numerator: 1, denominator: 3 }
export const twoThirds: Fraction = { numerator: 2, denominator: 3 }

/** @returns the power that must be *exceeded*: `⌊total · fraction⌋` */
export function neededExclusive(total: number, fraction: Fraction): number {
  return Math.floor((total * fraction.numerator) / fraction.denominator)
}

/** More than two thirds: any two such sets share an honest member. */
export function isQuorum(power: number, total: number): boolean {
  return 3 * power > 2 * total
}

/** More than one third: at least one of them is honest. */
export function holdsHonest(power: number, total: number): boolean {
  return 3 * power > total
}
