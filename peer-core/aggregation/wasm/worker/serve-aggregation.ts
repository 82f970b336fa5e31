/**
 * The worker's side: answers {@link AggregationService} on an endpoint.
 * @module
 */
import * as comlink from 'comlink'
import { messageOf } from '../../../foundation/index.ts'
import { AggregationError } from '../../errors.ts'
import { createFastAggregator } from '../fast-aggregator.ts'
import { type RowReader, readRows } from '../readers.ts'
import { createStreamingAggregator, streams } from '../streaming-aggregator.ts'
import type { AggregationOutcome, AggregationRequest, AggregationService, ReadPanel } from './protocol.ts'

/** Called once by the worker's script, with `self`. */
export function serveAggregation(endpoint: comlink.Endpoint): void {
  const service: AggregationService = {
    async aggregate(request, readPanel) {
      try {
        const value = await aggregate(request, readPanel)
        return comlink.transfer<AggregationOutcome>({ value }, [value.buffer as ArrayBuffer])
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
  const rows = panelReaders(count, input.dimension, readPanel)
  if (streams(spec)) return (await createStreamingAggregator(spec))({ ...input, rows })
  // A rule without kernels needs all rows at once.
  const contributions = await readRows(rows, input.dimension)
  return (await createFastAggregator(spec))({ ...input, contributions })
}

/** What is asked for at a time, of all rows together: few questions, and none that keeps the page busy for long. */
const PIECE_BYTES = 2 ** 20

/** Readers of single rows that ask for each piece once: whoever asks first asks for all. */
function panelReaders(count: number, dimension: number, readPanel: ReadPanel): RowReader[] {
  const usual = Math.floor(PIECE_BYTES / 4 / Math.max(count, 1))
  let last: { readonly from: number; readonly length: number; readonly panel: Promise<Float32Array> } | undefined
  return Array.from({ length: count }, (_, i) => ({
    async read(from, into) {
      const isHere = last !== undefined && from >= last.from && from + into.length <= last.from + last.length
      if (!isHere) {
        const length = Math.min(Math.max(usual, into.length), dimension - from)
        last = { from, length, panel: readPanel(from, length) }
      }
      const { panel, length, from: first } = last!
      const at = i * length + (from - first)
      into.set((await panel).subarray(at, at + into.length))
    },
  }))
}
