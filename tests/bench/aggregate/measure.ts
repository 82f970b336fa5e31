/**
 * Runs one case where it is: in a Node process or in a browser's worker.
 * @module
 */
import { createAggregator } from '../../../peer-core/aggregation/index.ts'
import {
  arrayReader,
  createFastAggregator,
  createStreamingAggregator,
} from '../../../peer-core/aggregation/wasm/index.ts'
import { byzantineWeightOf, type Case, type Measured, specOf, uniform, weightsOf } from './cases.ts'

/** Enough for a median, or as many as fit. */
const MOST_RUNS = 15
const BUDGET_MS = 2_500

/** The median of several runs after two to warm up (one, where a run takes more than the budget). */
export async function measure(given: Case): Promise<Measured> {
  const run = await prepare(given)
  const first = await timed(run)
  if (first > BUDGET_MS) return { ms: first, runs: 1 }
  await run()
  const runs: number[] = []
  for (let spent = 0; runs.length < MOST_RUNS && (spent < BUDGET_MS || runs.length < 3); ) {
    const ms = await timed(run)
    spent += ms
    runs.push(ms)
  }
  runs.sort((a, b) => a - b)
  return { ms: runs[runs.length >> 1]!, runs: runs.length }
}

async function timed(run: () => Promise<unknown> | unknown): Promise<number> {
  const started = performance.now()
  await run()
  return performance.now() - started
}

async function prepare(given: Case): Promise<() => Promise<unknown> | unknown> {
  const { rule, engine, rows: count, dimension } = given
  if (engine === 'fresh') return () => new Float32Array(dimension).fill(1)
  const spec = specOf(rule, dimension)
  const weights = weightsOf(count)
  const byzantineWeight = byzantineWeightOf(weights)
  const contributions = rowsOf(given)
  if (given.streaming) {
    const aggregate = await createStreamingAggregator(spec)
    const rows = contributions.map(arrayReader)
    return () => aggregate({ rows, dimension, weights, byzantineWeight })
  }
  const input = { contributions, weights, byzantineWeight }
  if (engine === 'tfjs') {
    // Not before it is asked for: what it takes in memory is not the others' fault.
    const { naively } = await import('./tfjs.ts')
    const byzantine = Math.floor(0.2 * count)
    return () => naively(rule, { rows: contributions, weights, byzantine, radius: Math.sqrt(dimension / 12) })
  }
  const aggregate = engine === 'fast' ? await createFastAggregator(spec) : createAggregator(spec)
  return () => aggregate(input)
}

/** Where rows do not fit they are views of one buffer, 1,024 coordinates apart: as unlike each other as any. */
function rowsOf({ rows, dimension, streaming }: Case): Float32Array[] {
  if (!streaming) return Array.from({ length: rows }, (_, i) => uniform(dimension, i + 1))
  const pool = uniform(dimension + rows * 1_024, 1)
  return Array.from({ length: rows }, (_, i) => pool.subarray(i * 1_024, i * 1_024 + dimension))
}
