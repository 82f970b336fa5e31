/**
 * What a page and its aggregation worker say to each other, by comlink. The worker asks for rows a panel at a time, so that `n × d` numbers
 * are never in it, and a page whose rows lie in a store does not have them in memory either.
 * @module
 */
import type { AggregationFault } from '../../errors.ts'
import type { PipelineSpec } from '../../pipeline.ts'
import type { StreamingInput } from '../streaming-aggregator.ts'

export interface AggregationRequest extends Omit<StreamingInput, 'rows' | 'signal'> {
  readonly spec: PipelineSpec
  /** n */
  readonly count: number
}

/** @returns `float32[n × length]`, row after row */
export type ReadPanel = (from: number, length: number) => Promise<Float32Array<ArrayBuffer>>

/** comlink carries an error's message only; a fault arrives whole. */
export type AggregationOutcome =
  | { readonly value: Float32Array }
  | { readonly fault: AggregationFault; readonly message: string }
  | { readonly failure: string }

/** The worker's side. */
export interface AggregationService {
  aggregate(request: AggregationRequest, readPanel: ReadPanel): Promise<AggregationOutcome>
}
