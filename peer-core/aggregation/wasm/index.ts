/**
 * The fast path: the rules of this room on WebAssembly SIMD, the same bits as plain TypeScript.
 *
 * ```ts
 * const aggregate = await createFastAggregator(['arc', 'nnm', 'trimmed-mean'])
 * const delta = aggregate({ contributions, weights, byzantineWeight })
 * ```
 * @module
 */
export { createFastAggregator } from './fast-aggregator.ts'
export { fastPathRuns } from './kernels.ts'
export { arrayReader, type RowReader } from './readers.ts'
export { createStreamingAggregator, type StreamingAggregator, type StreamingInput } from './streaming-aggregator.ts'
export { createRemoteAggregation, type RemoteAggregationInit } from './worker/remote-aggregation.ts'
export { connectAggregation } from './worker/remote-aggregator.ts'
export { serveAggregation } from './worker/serve-aggregation.ts'
