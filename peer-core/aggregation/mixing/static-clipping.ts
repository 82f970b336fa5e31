/**
 * Static clipping: no row is longer than `limit`.
 *
 * As in Karimireddy, He, Jaggi 2021 ({@link https://arxiv.org/abs/2012.10333 | arXiv:2012.10333}) with the center at zero. A fixed limit
 * breaks the guarantee of the rule behind it when honest deltas are longer; see {@link adaptiveClipping}.
 * @module
 */
import { norms } from '../geometry.ts'
import { scaleRows } from '../mixture.ts'
import { clipFactor } from '../rules/centered-clipping.ts'
import type { Sample } from '../sample.ts'

/** @param limit - largest Euclidean norm; O(1) per coordinate once the Gram matrix is there */
export function staticClipping(sample: Sample, limit: number): Sample {
  return scaleRows(
    sample,
    norms(sample).map((length) => clipFactor(length, limit)),
  )
}
