/**
 * The worker's side: answers {@link AggregationService} on an endpoint.
 * @module
 */
import * as comlink from 'comlink'
import { messageOf } from '../../../foundation/index.ts'
import { AggregationError } from '../../errors.ts'
import type { RowReader } from '../readers.ts'
import { createStreamingAggregator } from '../streaming-aggregator.ts'
import type { AggregationOutcome, AggregationRequest, AggregationService, ReadPanel } from './protocol.ts'

/** Called once by the worker's script, with `self`. */
export function serveAggregation(endpoint: comlink.Endpoint): void {
  const service: AggregationService = {
    async aggregate(request, readPanel) {
      try {
        const value = await aggregate(request, readPanel)
        return comlink.transfer<AggregationOutcome>({ value }, [value.buffer])
      } catch (error) {
        if (error instanceof AggregationError) return { fault: error.fault, message: error.message }
        return { failure: messageOf(error) }
      } finally {
        ;(readPanel as comlink.Remote<ReadPanel>)[comlink.releaseProxy]()
      }
    },
  }
  comlink.expose(service, endpoint)
}

async function aggregate({ spec, count, ...input }: AggregationRequest, readPanel: ReadPanel) {
  const streaming = await createStreamingAggregator(spec)
  return (await streaming({ ...input, rows: panelReaders(count, readPanel) })) as Float32Array<ArrayBuffer>
}

/** Readers of single rows that ask for each panel once: whoever asks first asks for all. */
function panelReaders(count: number, readPanel: ReadPanel): RowReader[] {
  let last: { readonly from: number; readonly length: number; readonly panel: Promise<Float32Array> } | undefined
  return Array.from({ length: count }, (_, i) => ({
    async read(from, into) {
      if (last?.from !== from || last.length !== into.length) {
        last = { from, length: into.length, panel: readPanel(from, into.length) }
      }
      const panel = await last.panel
      into.set(panel.subarray(i * into.length, (i + 1) * into.length))
    },
  }))
}
