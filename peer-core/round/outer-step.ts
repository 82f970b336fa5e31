/**
 * The step from one committed model to the next, recomputed by every member bit for bit: the robust aggregate of the
 * accepted deltas, then one outer step along it (DiLoCo, arXiv:2311.08105).
 *
 * The outer optimiser is SGD with heavy-ball momentum (Polyak, "Some methods of speeding up the convergence of iteration methods", 1964),
 * `model ← model + lr · aggregate + μ · (model − the one before)`. Departure: DiLoCo's is Nesterov's, whose velocity cannot be told
 * from the models and would be one more blob to commit, to keep and to fetch; this one's state is the last two committed models.
 *
 * The same two say where centered rules start: at the moving average of past aggregates that they imply.
 * @module
 */
import { type PipelineSpec, usesReference } from '../aggregation/index.ts'
import { type Hash, sha256, utf8ToBytes } from '../foundation/index.ts'
import type { AggregationJob } from '../ports/index.ts'
import type { Accepted, AggregationSpec } from '../wire/index.ts'

/** State of the outer optimiser after a commit: alike on everyone who has the chain and its last two models. */
export interface OuterState {
  /** the committed model, `float32[d]`; not changed */
  readonly base: Float32Array
  /** the committed model before it; absent in the first round, and where {@link looksBack} says that nobody asks for it */
  readonly before?: Float32Array
  /** of the commit that made `base`; what the first commit names as its parent, when there is none */
  readonly parent: Hash
}

/** Whether a task's steps depend on the model before the last. */
export function looksBack({ pipeline, outerMomentum = 0 }: AggregationSpec): boolean {
  return outerMomentum > 0 || usesReference(pipeline as PipelineSpec)
}

/** What an aggregator is asked. @param deltas - of `accepted`, in the same order */
export function stepInput(
  state: OuterState,
  deltas: readonly Float32Array[],
  accepted: readonly Accepted[],
  spec: AggregationSpec,
): AggregationJob {
  const weights = accepted.map((one) => one.weight)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return {
    contributions: deltas,
    weights,
    byzantineWeight: tolerated(total, spec.byzantineShare),
    ...(usesReference(spec.pipeline as PipelineSpec) ? { reference: referenceOf(state, spec) } : {}),
    seed: stepSeed(state.parent, accepted),
  }
}

/** @returns `float32[d]`: `fround(base + outerLearningRate · aggregate + outerMomentum · (base − before))`, from left to right */
export function outerStep(
  { base, before }: OuterState,
  aggregate: Float32Array,
  { outerLearningRate, outerMomentum = 0 }: AggregationSpec,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(base.length)
  if (outerMomentum === 0 || before === undefined) {
    for (let i = 0; i < out.length; i++) out[i] = base[i]! + outerLearningRate * aggregate[i]!
  } else {
    for (let i = 0; i < out.length; i++) {
      out[i] = base[i]! + outerLearningRate * aggregate[i]! + outerMomentum * (base[i]! - before[i]!)
    }
  }
  return out
}

/**
 * The last aggregate, or with momentum the moving average `(1 − μ) · Σ μⁱ · aggregate(r − i)` of all of them; zeros in the first round.
 * It is what is left of it after rounding to a model and back, and that is alike for everyone.
 */
function referenceOf({ base, before }: OuterState, { outerLearningRate, outerMomentum = 0 }: AggregationSpec) {
  const reference = new Float32Array(base.length)
  if (before === undefined) return reference
  const scale = (1 - outerMomentum) / outerLearningRate
  for (let i = 0; i < reference.length; i++) reference[i] = scale * (base[i]! - before[i]!)
  return reference
}

/**
 * Randomness for rules that permute: nobody knows it before the last contribution is known that the commit takes.
 *
 * It can be ground: who hands in last, having heard all other announcements, may try as many contributions as there is time to hash,
 * and a proposer may leave one out. Rules must hold what they promise for the worst permutation (bucketing's does: liars in as many
 * buckets as they are); chance is there only for what they do better than that on average.
 */
function stepSeed(parent: Hash, accepted: readonly Accepted[]): Hash {
  const ids = accepted.map(({ id }) => id).sort()
  return sha256(utf8ToBytes(`zen-mesh/step/1/${[parent, ...ids].join('/')}`))
}

/** `b` in thousandths of reputation, always less than half of `total`. */
function tolerated(total: number, share: number): number {
  return Math.min(Math.floor((total * Math.round(share * 1_000_000)) / 1_000_000), Math.ceil(total / 2) - 1)
}
