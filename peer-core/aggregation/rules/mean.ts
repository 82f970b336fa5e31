/**
 * The weighted mean, `Σ wᵢ xᵢ / W`: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
 * AISTATS 2017 ({@link https://arxiv.org/abs/1602.05629 | arXiv:1602.05629}).
 *
 * Guarantee: none. One liar moves the result anywhere; it is here to be measured against, and for peers that trust each other.
 * @module
 */
import { combine } from '../mixture.ts'
import type { Sample } from '../sample.ts'

/** O(nd) time, one division per coordinate. The Byzantine weight is ignored. */
export function mean(sample: Sample): Float64Array {
  const out = combine(sample, sample.weights)
  for (let k = 0; k < out.length; k++) out[k] = out[k]! / sample.total
  return out
}
