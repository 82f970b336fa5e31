/**
 * Mimic: all liars send what one honest peer sent, so that its data counts for many and others' for nothing. Nothing about their deltas
 * is wrong, and no rule can tell them from the peer that they copy.
 *
 * Karimireddy, He, Jaggi, "Byzantine-Robust Learning on Heterogeneous Datasets via Bucketing", ICLR 2022
 * ({@link https://arxiv.org/abs/2006.09365 | arXiv:2006.09365}), section 3 and appendix: the victim is the peer that lies farthest along the
 * direction in which honest deltas vary most.
 * @module
 */
import { gramOf } from '../geometry.ts'
import { centered, dominant } from '../rules/dominant.ts'
import type { Vector } from '../sample.ts'
import { type Attack, together } from './attack.ts'

/** @param victim - index of the honest peer that is copied; the one of {@link widestPeer} unless given */
export function mimic(victim?: number): Attack {
  return together(({ honest }) => {
    const copied = honest[victim ?? widestPeer(honest)]
    if (copied === undefined) throw new RangeError(`no honest peer ${victim} among ${honest.length}`)
    return copied
  })
}

/** The honest peer farthest along the direction of largest variance. Choose once and keep: copying one peer for long is what hurts. */
export function widestPeer(honest: readonly Vector[]): number {
  const n = honest.length
  const products = centered(gramOf(honest), new Float64Array(n).fill(1 / n))
  const { vector } = dominant(products)
  let widest = 0
  for (let i = 1; i < n; i++) if (Math.abs(vector[i]!) > Math.abs(vector[widest]!)) widest = i
  return widest
}
