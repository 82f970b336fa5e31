/**
 * The rules that have kernels, as sweeps. Each gives the bits of its namesake in `rules/`, where the papers and guarantees are.
 * @module
 */
import { sourceFactors } from '../mixture.ts'
import type { StepName } from '../pipeline.ts'
import { centeringPulls } from '../rules/adaptive-centering.ts'
import { clipFactor } from '../rules/centered-clipping.ts'
import { rowsOf, type Sample, type Vector } from '../sample.ts'
import { cutOf } from '../steps.ts'
import { halfOf, mostOf } from '../weights.ts'
import { type Job, STRIP_ROW, type Sweeps } from './job.ts'
import { encodeNetwork, selecting, sortingNetwork } from './network.ts'
import { above, quantileRange } from './quantiles.ts'

/** Where a centered rule begins. */
type Start = 'reference' | 'mean' | 'zeros'

export type FastRule<Parameters> = (job: Job, sample: Sample, parameters: Parameters) => Sweeps<Float32Array>

function* mean(job: Job, sample: Sample): Sweeps<Float32Array> {
  const factors = job.arena.place(sourceFactors(sample.mixture, sample.weights))
  job.describeSources()
  yield (from, length) => {
    job.kernels.combine(length, factors, job.column)
    job.emit(from, length, sample.total)
  }
  return job.result
}

function* trimmedMean(
  job: Job,
  sample: Sample,
  parameters: { count?: number; proportion?: number },
): Sweeps<Float32Array> {
  const cut = cutOf(sample, parameters)
  const between = sample.total - 2 * cut
  describeOrder(job, sample, above(mostOf(cut, sample.total)))
  yield (from, length) => {
    job.kernels.trimmedMean(length, cut, between, job.column)
    job.emit(from, length)
  }
  return job.result
}

function* median(job: Job, sample: Sample): Sweeps<Float32Array> {
  describeOrder(job, sample, halfOf(sample.total))
  yield (from, length) => {
    job.kernels.median(length, job.column)
    job.emit(from, length)
  }
  return job.result
}

/** The coming sweep sorts: quantiles are where `needed` weight has come, from below and from above. */
function describeOrder(job: Job, sample: Sample, needed: number): void {
  const { arena, kernels } = job
  job.describeRows(sample)
  const rows = rowsOf(sample)
  const { least, most } = quantileRange(sample.weights, needed)
  const positions = Array.from({ length: most - least + 1 }, (_, i) => least + i)
  const read = [...positions, ...positions.map((at) => rows - 1 - at)]
  const network = selecting(sortingNetwork(rows), read)
  kernels.describeOrder(
    arena.place(Float64Array.from({ length: 2 * rows }, (_, lane) => sample.weights[lane >> 1]!)),
    arena.place(encodeNetwork(network, STRIP_ROW)),
    network.length,
    least,
    most,
    needed,
    arena.reserve(2 * rows * STRIP_ROW),
  )
}

interface CenteredClippingParameters {
  radius: number
  steps: number
  start: Start
}

function* centeredClipping(
  job: Job,
  sample: Sample,
  { radius, steps, start }: CenteredClippingParameters,
): Sweeps<Float32Array> {
  const { kernels, arena } = job
  const center = yield* startOf(job, sample, start)
  const distances = new Distances(job, sample)
  let squares = yield* distances.to(center)
  const pullsAt = arena.zeros(rowsOf(sample))
  for (let step = 1; step <= steps; step++) {
    const pulls = sample.weights.map((weight, i) => weight * clipFactor(Math.sqrt(squares[i]!), radius))
    arena.doubles(pullsAt, pulls.length).set(pulls)
    const last = step === steps
    distances.begin()
    yield (from, length) => {
      center.read(from, length)
      kernels.pull(length, job.column, pullsAt, sample.total, ...distances.where(last))
      if (last) job.emit(from, length)
      else center.write(from, length)
    }
    squares = distances.end()
  }
  return job.result
}

function* adaptiveCentering(
  job: Job,
  sample: Sample,
  { reach, start }: { reach: number; start: Start },
): Sweeps<Float32Array> {
  const { kernels, arena } = job
  const center = yield* startOf(job, sample, start)
  const distances = new Distances(job, sample)
  const squares = yield* distances.to(center)
  const { pulls, total } = centeringPulls(sample, squares.map(Math.sqrt), reach)
  const pullsAt = arena.place(pulls)
  yield (from, length) => {
    center.read(from, length)
    kernels.pull(length, job.column, pullsAt, total, ...distances.where(true))
    job.emit(from, length)
  }
  return job.result
}

interface GeometricMedianParameters {
  smoothing: number
  steps: number
  start: Start
}

function* geometricMedian(
  job: Job,
  sample: Sample,
  { smoothing, steps, start }: GeometricMedianParameters,
): Sweeps<Float32Array> {
  const { kernels, arena } = job
  const center = yield* startOf(job, sample, start)
  const distances = new Distances(job, sample)
  let squares = yield* distances.to(center)
  const factorsAt = arena.zeros(job.sources)
  for (let step = 1; step <= steps; step++) {
    const pulls = sample.weights.map((weight, i) => weight / Math.max(smoothing, Math.sqrt(squares[i]!)))
    let total = 0
    for (const pull of pulls) total += pull
    const shares = pulls.map((pull) => pull / total)
    arena.doubles(factorsAt, job.sources).set(sourceFactors(sample.mixture, shares))
    const last = step === steps
    distances.begin()
    yield (from, length) => {
      kernels.combine(length, factorsAt, job.column)
      if (last) job.emit(from, length)
      else kernels.squaredDistances(length, job.column, ...distances.where())
    }
    squares = distances.end()
  }
  return job.result
}

/** @returns where a centered rule begins */
function* startOf(job: Job, sample: Sample, start: Start): Sweeps<Center> {
  const center = new Center(job, start === 'reference' ? sample.reference : undefined)
  if (start !== 'mean') return center
  const factors = job.arena.place(sourceFactors(sample.mixture, sample.weights))
  job.describeSources()
  yield (from, length) => {
    job.kernels.combine(length, factors, job.column)
    const column = job.arena.doubles(job.column, length)
    for (let k = 0; k < length; k++) column[k]! /= sample.total
    center.write(from, length)
  }
  return center
}

/** Where a centered rule is, a panel at a time by way of the job's column. It takes memory, 8·d bytes, when it first moves. */
class Center {
  readonly #job: Job
  readonly #start: Vector | undefined
  #moved: Float64Array | undefined

  /** @param start - of d numbers; zeros where there are none */
  constructor(job: Job, start: Vector | undefined) {
    this.#job = job
    this.#start = start
  }

  read(from: number, length: number): void {
    const column = this.#job.arena.doubles(this.#job.column, length)
    const here = (this.#moved ?? this.#start)?.subarray(from, from + length)
    if (here !== undefined) column.set(here)
    column.fill(0, here?.length)
  }

  write(from: number, length: number): void {
    if (this.#moved === undefined) {
      this.#moved = new Float64Array(this.#job.padded)
      if (this.#start !== undefined) this.#moved.set(this.#start)
    }
    this.#moved.set(this.#job.arena.doubles(this.#job.column, length), from)
  }
}

/** Squared distances of the rows to a center, added up during a sweep. */
class Distances {
  readonly #job: Job
  readonly #rows: number
  readonly #scratch: number
  readonly #lanes: number
  readonly #totals: number

  constructor(job: Job, sample: Sample) {
    this.#job = job
    this.#rows = rowsOf(sample)
    job.describeRows(sample)
    this.#scratch = job.arena.reserve(this.#rows * STRIP_ROW)
    this.#lanes = job.arena.zeros(this.#rows * 2)
    this.#totals = job.arena.zeros(this.#rows)
  }

  begin(): void {
    this.#job.arena.doubles(this.#totals, this.#rows).fill(0)
  }

  end(): Float64Array {
    return this.#job.arena.doubles(this.#totals, this.#rows).slice()
  }

  /** @param unwanted - whether nobody reads them after this sweep */
  where(unwanted = false): [scratch: number, lanes: number, totals: number] {
    return [this.#scratch, this.#lanes, unwanted ? 0 : this.#totals]
  }

  *to(center: Center): Sweeps<Float64Array> {
    const { column, kernels } = this.#job
    this.begin()
    yield (from, length) => {
      center.read(from, length)
      kernels.squaredDistances(length, column, ...this.where())
    }
    return this.end()
  }
}

/** By name of the step; a rule that is not here runs in plain TypeScript. */
export const fastRules: { readonly [Name in StepName]?: FastRule<never> } = {
  mean,
  median,
  'trimmed-mean': trimmedMean,
  'centered-clipping': centeredClipping,
  'adaptive-centering': adaptiveCentering,
  'geometric-median': geometricMedian,
}

/** Steps that compare rows with each other: they ask for the Gram matrix. */
export const comparingSteps: ReadonlySet<string> = new Set<StepName>([
  'arc',
  'static-clipping',
  'nnm',
  'krum',
  'multi-krum',
  'bulyan',
  'minimum-diameter',
  'smea',
  'caf',
])
