/**
 * The step from one committed model to the next, recomputed by every member bit for bit: the robust aggregate of the
 * accepted deltas, then one outer step along it (DiLoCo, arXiv:2311.08105, with plain SGD as the outer optimiser).
 * @module
 */
import { createAggregator, type PipelineSpec } from '../aggregation/index.ts'
import type { Accepted, AggregationSpec } from '../wire/index.ts'

/**
 * @param base - `float32[d]`; not changed
 * @param deltas - of `accepted`, in the same order
 * @returns `float32[d]`: `fround(base + outerLearningRate · aggregate)`
 */
export function outerStep(
  base: Float32Array,
  deltas: readonly Float32Array[],
  accepted: readonly Accepted[],
  spec: AggregationSpec,
): Float32Array<ArrayBuffer> {
  const weights = accepted.map((one) => one.weight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const aggregate = createAggregator(spec.pipeline as PipelineSpec)({
    contributions: deltas,
    weights,
    byzantineWeight: tolerated(total, spec.byzantineShare),
  })
  const out = new Float32Array(base.length)
  for (let i = 0; i < out.length; i++) out[i] = base[i]! + spec.outerLearningRate * aggregate[i]!
  return out
}

/** `b` in thousandths of reputation, always less than half of `total`. */
function tolerated(total: number, share: number): number {
  return Math.min(Math.floor(total * share), Math.ceil(total / 2) - 1)
}
