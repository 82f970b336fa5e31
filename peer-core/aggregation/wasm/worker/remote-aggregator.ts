/**
 * The page's side: a streaming aggregator whose work is done in a worker, so that the page stays quick meanwhile.
 * @module
 */
import * as comlink from 'comlink'
import { AggregationError } from '../../errors.ts'
import type { PipelineSpec } from '../../pipeline.ts'
import type { StreamingAggregator } from '../streaming-aggregator.ts'
import type { AggregationService, ReadPanel } from './protocol.ts'

/**
 * @param endpoint - a worker that runs `serveAggregation`; connected to once
 * @returns a function from pipelines to aggregators, which throw as those of `createStreamingAggregator` do, also for the pipeline itself.
 * A worker that died never answers: give a `signal`
 */
export function connectAggregation(endpoint: comlink.Endpoint): (spec: PipelineSpec) => StreamingAggregator {
  const service = comlink.wrap<AggregationService>(endpoint)
  return (spec) =>
    async ({ rows, signal, ...input }) => {
      signal?.throwIfAborted()
      const readPanel: ReadPanel = async (from, length) => {
        signal?.throwIfAborted()
        const panel = new Float32Array(rows.length * length)
        await Promise.all(rows.map((row, i) => row.read(from, panel.subarray(i * length, (i + 1) * length))))
        return comlink.transfer(panel, [panel.buffer])
      }
      const aborted = Promise.withResolvers<never>()
      const onAbort = () => aborted.reject(signal?.reason)
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        const asked = service.aggregate({ ...input, spec, count: rows.length }, comlink.proxy(readPanel))
        const outcome = await Promise.race([asked, aborted.promise])
        if ('value' in outcome) return outcome.value
        if ('fault' in outcome) throw new AggregationError(outcome.fault, outcome.message)
        throw new Error(outcome.failure)
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    }
}
