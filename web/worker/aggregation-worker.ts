/** A dedicated worker that aggregates. It is started by {@link createWorkerAggregation} and by nobody else. @module */
import type { Endpoint } from 'comlink'
import { serveAggregation } from '../../peer-core/aggregation/wasm/worker/serve-aggregation.ts'

serveAggregation(self as Endpoint)
