/**
 * The weighted mean, `Σ wᵢ xᵢ / W`: McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
 * AISTATS 2017 ({@link https://arxiv.org/abs/1602.05629 | arXiv:1602.05629}).
 *
 * Guarantee: none. One liar moves the result anywhere; it is here to be measured against, and for peers that trust each other.
 * @module
 */
import { BLOCK, readBlock, rowsOf, type Sample } from '../sample.ts'

/** O(nd) time. Byzantine weight is ignored. */
export function mean(sample: Sample): Float64Array {
  const { dimension, weights, total } = sample
  const rows = rowsOf(sample)
  const block = new Float64Array(rows * BLOCK)
  const out = new Float64Array(dimension)
  for (let from = 0; from < dimension; from += BLOCK) {
    const length = Math.min(BLOCK, dimension - from)
    readBlock(sample, from, length, block)
    for (let i = 0; i < rows; i++) {
      const weight = weights[i]!
      const base = i * BLOCK
      for (let k = 0; k < length; k++) out[from + k] = out[from + k]! + weight * block[base + k]!
    }
    for (let k = from; k < from + length; k++) out[k] = out[k]! / total
  }
  return out
}
