/**
 * Robust aggregation behind a port: in a worker on the fast path where there is one, on the spot in tests. Which it is makes no
 * difference to anyone else, for every implementation gives the same bits.
 * @module
 */
import type { AggregationInput, PipelineSpec } from '../aggregation/index.ts'

/** Rows of float32, as they travel. They are read while the call runs, and stay the caller's. */
export type AggregationJob = AggregationInput & { readonly contributions: readonly Float32Array[] }

export interface Aggregation {
  /**
   * @returns `float32[d]`, the bits of `createAggregator(pipeline)(job)`
   * @throws {@link AggregationError} as that; the reason of `signal`
   */
  aggregate(pipeline: PipelineSpec, job: AggregationJob, signal?: AbortSignal): Promise<Float32Array>
  /** Frees what it runs on; a running call rejects. */
  close(): Promise<void>
}
