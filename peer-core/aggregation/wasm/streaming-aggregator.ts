/**
 * Aggregation of rows that never are in memory together: `n × d` may be larger than the machine.
 *
 * The default reads every row twice: once for distances, once for the step.
 * @module
 */
import { AggregationError } from '../errors.ts'
import { type AggregationInput, canonicalSample, requireUsable } from '../input.ts'
import type { PipelineSpec } from '../pipeline.ts'
import { type Sample, sampleOf } from '../sample.ts'
import { type FastPipeline, fastPipeline, runPipeline } from './fast-pipeline.ts'
import { Job, type Sweeps } from './job.ts'
import { fastPathRuns, instantiateKernels, type Kernels } from './kernels.ts'
import { orderOfReaders, type RowReader } from './readers.ts'

export interface StreamingInput extends Omit<AggregationInput, 'contributions'> {
  readonly rows: readonly RowReader[]
  /** d, of every row */
  readonly dimension: number
  readonly signal?: AbortSignal
}

export type StreamingAggregator = (input: StreamingInput) => Promise<Float32Array>

/** Whether this engine can aggregate by these rules without having all rows. @throws {@link AggregationError} as `createAggregator` */
export function streams(spec: PipelineSpec): boolean {
  return fastPipeline(spec).kernel !== undefined && fastPathRuns()
}

/**
 * The bits of `createAggregator` for the same rows. Calls may run side by side: each has a memory of its own (1 to 3 MiB).
 * @throws {@link AggregationError} as `createAggregator`, and `BAD_PIPELINE` for a rule without kernels
 */
export async function createStreamingAggregator(spec: PipelineSpec): Promise<StreamingAggregator> {
  const pipeline = fastPipeline(spec)
  if (pipeline.kernel === undefined) {
    throw new AggregationError({ code: 'BAD_PIPELINE', problem: `${pipeline.rule} needs all rows in memory` })
  }
  return async (input) => aggregate(pipeline, await instantiateKernels(), input)
}

async function aggregate(pipeline: FastPipeline, kernels: Kernels, input: StreamingInput): Promise<Float32Array> {
  const { dimension, rows, reference } = input
  const weights = input.weights ?? rows.map(() => 1)
  // Rows of no length stand in for the real ones where everything but their numbers is checked.
  const contributions = rows.map(() => new Float32Array(0))
  canonicalSample({ ...input, weights, contributions, reference: undefined })
  if (reference !== undefined) requireUsable(reference, dimension, 'reference')
  const order = await orderOfReaders(rows, dimension, weights)
  const sample: Sample = {
    ...sampleOf(contributions, { ...input, weights: order.map((i) => weights[i]!) }),
    dimension,
    gram: () => {
      throw new TypeError('a step that compares rows is missing from comparingSteps')
    },
  }
  const job = new Job(kernels, rows.length, dimension)
  const sources = order.map((at) => ({ at, row: rows[at]! }))
  return sweepAll(kernels, job, sources, runPipeline(pipeline, job, sample), input.signal)
}

interface Source {
  /** its place in the input */
  readonly at: number
  readonly row: RowReader
}

async function sweepAll(
  kernels: Kernels,
  job: Job,
  sources: readonly Source[],
  sweeps: Sweeps<Float32Array>,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  for (let next = sweeps.next(), first = true; ; next = sweeps.next(), first = false) {
    if (next.done) return next.value
    for (let from = 0; from < job.dimension; from += job.panelLength) {
      signal?.throwIfAborted()
      const length = Math.min(job.panelLength, job.dimension - from)
      await Promise.all(sources.map(({ row }, i) => row.read(from, job.panelRow(i, length))))
      const padded = job.padPanel(length)
      if (first && kernels.finite(padded) === 0) refuse(job, sources, from, length)
      next.value(from, padded)
    }
  }
}

/** Says which number is not finite: in the first panel that has one, that of the first row. */
function refuse(job: Job, sources: readonly Source[], from: number, length: number): never {
  const faults = sources.flatMap(({ at }, i) => {
    const panel = job.panelRow(i, length)
    const k = panel.findIndex((value) => !Number.isFinite(value))
    return k < 0 ? [] : [{ at, coordinate: from + k, value: panel[k]! }]
  })
  const first = faults.reduce((least, fault) => (fault.at < least.at ? fault : least))
  throw new AggregationError({ code: 'NON_FINITE', what: 'contribution', ...first })
}
