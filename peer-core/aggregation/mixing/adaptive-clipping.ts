/**
 * Adaptive robust clipping (ARC): the longest rows, those that hold weight `2b(W − b)/W`, are clipped to the next longest.
 *
 * Allouah, Guerraoui, Gupta, Jellouli, Rizk, Stephan, "Adaptive Gradient Clipping for Robust Federated Learning", ICLR 2025
 * ({@link https://arxiv.org/abs/2405.14432 | arXiv:2405.14432}).
 *
 * Guarantee: keeps the (b, κ)-robustness of the rule behind it, which a fixed limit does not, and bounds the result by an honest length:
 * with fewer than `b` liars the limit is never above the longest honest row.
 * Departure: weight is counted, not rows; with equal weights it is the paper's `⌊2f(n − f)/n⌋` rows.
 * @module
 */
import { ascending, norms } from '../geometry.ts'
import { scaleRows } from '../mixture.ts'
import { clipFactor } from '../rules/centered-clipping.ts'
import type { Sample } from '../sample.ts'
import { atMost } from '../weights.ts'

/** O(n log n) once the Gram matrix is there. Equal lengths: the higher row is taken to be the longer. */
export function adaptiveClipping(sample: Sample): Sample {
  const { weights, total, byzantineWeight } = sample
  const lengths = norms(sample)
  const order = ascending(lengths)
  const quota = (2 * byzantineWeight * (total - byzantineWeight)) / total
  let limitAt = order.length - 1
  let clipped = weights[order[limitAt]!]!
  while (limitAt > 0 && atMost(clipped, quota, total)) clipped += weights[order[--limitAt]!]!
  const limit = lengths[order[limitAt]!]!
  return scaleRows(
    sample,
    lengths.map((length) => clipFactor(length, limit)),
  )
}
