/**
 * A little is enough (ALIE): every coordinate is moved by z standard deviations, which is within what honest peers do.
 *
 * Baruch, Baruch, Goldberg, "A Little Is Enough: Circumventing Defenses For Distributed Learning", NeurIPS 2019
 * ({@link https://arxiv.org/abs/1902.06156 | arXiv:1902.06156}); sample deviation (`n − 1`). The optimal form picks z by line search, as in
 * ByzFL.
 * @module
 */
import type { Vector } from '../sample.ts'
import { type Attack, deviationOf, meanOf, together } from './attack.ts'
import { farthest, type LineSearch } from './line-search.ts'
import { normalQuantile } from './normal.ts'

/** `mean + z · deviation`. */
export function shifted(honest: readonly Vector[], z: number): Float64Array {
  const mean = meanOf(honest)
  const deviation = deviationOf(honest, mean)
  return mean.map((x, k) => x + z * deviation[k]!)
}

/**
 * The z of the paper's section 3.3: as far as liars can go while enough honest values lie beyond them for a majority.
 *
 * Departure: liars who are a majority by themselves stay within one honest value; the paper has no z for them. Beside a single
 * honest peer, whose values deviate from nothing, it is 0.
 * @param peers - n, liars included
 * @param liars - m
 */
export function largestHiddenShift(peers: number, liars: number): number {
  const honest = peers - liars
  if (honest < 2) return 0
  const needed = Math.max(1, Math.floor(peers / 2) + 1 - liars)
  return normalQuantile((honest - needed) / honest)
}

/** @param z - in standard deviations; the paper's for the number of peers unless given */
export function aLittle(z?: number): Attack {
  return together(({ honest, liars, crowd = { peers: honest.length + liars, liars } }) =>
    shifted(honest, z ?? largestHiddenShift(crowd.peers, crowd.liars)),
  )
}

/** z is what moves the aggregate farthest from the honest mean. */
export function optimalALittle(search?: Partial<LineSearch>): Attack {
  return together((view) => {
    const mean = meanOf(view.honest)
    const deviation = deviationOf(view.honest, mean)
    return farthest(view, (z) => mean.map((x, k) => x + z * deviation[k]!), search)
  })
}
