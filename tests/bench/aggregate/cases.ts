/**
 * What `npm run bench -- aggregate` measures, in words that Node and a browser's worker both understand.
 * @module
 */
import { defaultPipeline, type PipelineSpec } from '../../../peer-core/aggregation/index.ts'

/** `mixed`: ARC, nearest-neighbour mixing and trimmed mean, the heaviest that streams */
export type RuleName = 'default' | 'mean' | 'centered-clipping' | 'mixed'
/**
 * `fast`: WASM SIMD; `plain`: the TypeScript it has to equal; `tfjs`: what one writes in an afternoon, on TF.js's `cpu` backend; `fresh`: no
 * rule, only an array of d numbers made and filled, which every result is.
 */
export type EngineName = 'fast' | 'plain' | 'tfjs' | 'fresh'

export interface Case {
  readonly rule: RuleName
  readonly engine: EngineName
  /** n */
  readonly rows: number
  /** d */
  readonly dimension: number
  /** Rows are read in chunks and are never in memory together. */
  readonly streaming?: boolean
}

export interface Measured {
  /** median */
  readonly ms: number
  readonly runs: number
}

/** Reputation differs in every case: equal weights would be easier. The norm of a row is `√(d/12)`; half of them are clipped. */
export function specOf(rule: RuleName, dimension: number): PipelineSpec {
  if (rule === 'mean') return ['mean']
  if (rule === 'default') return defaultPipeline
  if (rule === 'mixed') return ['arc', 'nnm', 'trimmed-mean']
  return [{ rule: 'centered-clipping', radius: Math.sqrt(dimension / 12), start: 'zeros' }]
}

/** In thousandths, as the reputation room gives them. */
export function weightsOf(rows: number): number[] {
  return Array.from({ length: rows }, (_, i) => 500 + ((i * 7_919) % 501))
}

export function byzantineWeightOf(weights: readonly number[]): number {
  return Math.floor(0.2 * weights.reduce((total, weight) => total + weight, 0))
}

/** Uniform in [−1/2, 1/2), xorshift32: rows that have nothing in common, the hardest to mix. */
export function uniform(length: number, seed: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(length)
  let state = (seed * 0x9e3779b9) | 1
  for (let k = 0; k < length; k++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    out[k] = (state >>> 0) / 2 ** 32 - 0.5
  }
  return out
}
