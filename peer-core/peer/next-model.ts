/** The model that accepted deltas make of the last one: what a member puts forward, recomputes, and what anyone can make again. @module */
import type { PipelineSpec } from '../aggregation/index.ts'
import { type OuterState, outerStep, stepInput } from '../round/index.ts'
import type { Accepted, AggregationSpec } from '../wire/index.ts'
import type { SessionContext } from './session-context.ts'

/**
 * @param deltas - of `accepted`, in the same order
 * @throws {@link AggregationError} when the rules cannot answer for these contributions
 */
export async function nextModel(
  { aggregation, signal }: Pick<SessionContext, 'aggregation' | 'signal'>,
  state: OuterState,
  deltas: readonly Float32Array[],
  accepted: readonly Accepted[],
  spec: AggregationSpec,
): Promise<Float32Array<ArrayBuffer>> {
  // A commit that only lets peers in.
  if (deltas.length === 0) return Float32Array.from(state.base)
  const input = stepInput(state, deltas, accepted, spec)
  return outerStep(state, await aggregation.aggregate(spec.pipeline as PipelineSpec, input, signal), spec)
}
