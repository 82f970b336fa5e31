/** Aggregation on the spot, in plain TypeScript: for small models, and for worlds whose clock is not the real one. @module */
import type { Aggregation } from '../ports/aggregation.ts'
import { createAggregator } from './pipeline.ts'

export const aggregateHere: Aggregation = {
  async aggregate(pipeline, job, signal) {
    signal?.throwIfAborted()
    return createAggregator(pipeline)(job)
  },
  async close() {},
}
