/**
 * Published cases by rule name, each computed by the rule itself on rows in the order given (lowest index wins a tie).
 */
import { readFileSync } from 'node:fs'
import {
  attacks,
  largestHiddenShift,
  manipulated,
  mimic,
  optimalALittle,
  optimalInnerProduct,
  shifted,
  signFlip,
} from '../../peer-core/aggregation/attacks/index.ts'
import { STRIDE } from '../../peer-core/aggregation/geometry.ts'
import {
  clippedSum,
  type Neighbourhood,
  practicalClipping,
  selfCenteredClipping,
  trimmedSum,
} from '../../peer-core/aggregation/gossip/index.ts'
import { adaptiveClipping } from '../../peer-core/aggregation/mixing/adaptive-clipping.ts'
import { bucketing } from '../../peer-core/aggregation/mixing/bucketing.ts'
import { nearestNeighbours } from '../../peer-core/aggregation/mixing/nearest-neighbours.ts'
import { staticClipping } from '../../peer-core/aggregation/mixing/static-clipping.ts'
import { writeRows } from '../../peer-core/aggregation/mixture.ts'
import { bulyan } from '../../peer-core/aggregation/rules/bulyan.ts'
import { caf } from '../../peer-core/aggregation/rules/caf.ts'
import { centeredClipping } from '../../peer-core/aggregation/rules/centered-clipping.ts'
import { closestMean } from '../../peer-core/aggregation/rules/closest.ts'
import { geometricMedian } from '../../peer-core/aggregation/rules/geometric-median.ts'
import { krum, multiKrum } from '../../peer-core/aggregation/rules/krum.ts'
import { meamed } from '../../peer-core/aggregation/rules/meamed.ts'
import { mean } from '../../peer-core/aggregation/rules/mean.ts'
import { median } from '../../peer-core/aggregation/rules/median.ts'
import { minimumDiameter } from '../../peer-core/aggregation/rules/minimum-diameter.ts'
import { monna } from '../../peer-core/aggregation/rules/monna.ts'
import { smallestEigenvalue } from '../../peer-core/aggregation/rules/smallest-eigenvalue.ts'
import { trimmedMean } from '../../peer-core/aggregation/rules/trimmed-mean.ts'
import { type Sample, sampleOf, type Vector } from '../../peer-core/aggregation/sample.ts'

export interface VectorCase {
  readonly id: string
  readonly rule: string
  readonly params: Readonly<Record<string, unknown>>
  readonly input: readonly (readonly number[])[] | null
  readonly expected: Expected
  /** relative above 1, absolute below */
  readonly tol: number
}

type Cell = number | 'Infinity'
type Expected = number | readonly Cell[] | readonly (readonly Cell[])[]
type Result = number | Vector | readonly Vector[]

export function readCases(file: URL): VectorCase[] {
  return JSON.parse(readFileSync(file, 'utf8')) as VectorCase[]
}

/** Largest error of a result in units of the case's tolerance; at most 1 passes. */
export function errorOf({ expected, tol }: VectorCase, result: Result): number {
  const want = flat(expected)
  const got = flat(result)
  if (want.length !== got.length) return Number.POSITIVE_INFINITY
  return Math.max(...want.map((x, i) => (x === got[i] ? 0 : Math.abs(x - got[i]!) / Math.max(1, Math.abs(x)) / tol)))
}

function flat(value: Expected | Result): number[] {
  if (typeof value === 'number') return [value]
  return Array.from(value as ArrayLike<Cell | Vector | readonly Cell[]>).flatMap((cell) =>
    cell === 'Infinity' ? [Number.POSITIVE_INFINITY] : typeof cell === 'number' ? [cell] : flat(cell as Expected),
  )
}

/** What is checked about parameters is that the case has them. */
interface Params {
  readonly f: number
  readonly c: number
  readonly s: number
  readonly nu: number
  readonly T: number
  readonly L: number
  readonly m: number[] & number
  readonly n: number
  readonly b: number
  readonly idx: number
  readonly self: number
  readonly tau: number
  readonly beta: number
  readonly epsilon: number
  readonly byz_weight: number
  readonly ref: number[]
  readonly weights: number[]
  readonly permutation: number[]
  readonly init: 'zeros' | 'weighted_mean'
  readonly steps: readonly (readonly [string, Params] | string)[]
  readonly pre: readonly (readonly [string, Params])[]
  readonly agg: string
  readonly agg_f: number
  readonly evals: number
  readonly start: number
  readonly delta: number
  readonly ratio: number
}

const mixings: Record<string, (sample: Sample, params: Params) => Sample> = {
  arc: adaptiveClipping,
  nnm: nearestNeighbours,
  weighted_nnm: nearestNeighbours,
  static_clipping: (sample, { c }) => staticClipping(sample, c),
  bucketing: (sample, { s, permutation }) => bucketing(sample, s, permutation),
}

const rules: Record<string, (sample: Sample, params: Params) => Vector> = {
  average: mean,
  weighted_average: mean,
  coordinate_median: median,
  trimmed_mean: (sample) => trimmedMean(sample),
  weighted_trimmed_mean: (sample) => trimmedMean(sample),
  trimmed_mean_proportion: (sample, { beta }) => trimmedMean(sample, Math.floor(beta * sample.total)),
  geometric_median_smoothed_weiszfeld: geometricMedianOf,
  weighted_geometric_median: geometricMedianOf,
  krum_byzfl: (sample) => krum(sample, 'byzfl'),
  krum_blanchard: (sample) => krum(sample, 'blanchard'),
  multikrum_byzfl: (sample) => multiKrum(sample, 'byzfl'),
  multikrum_blanchard: (sample, { m }) => multiKrum(sample, 'blanchard', m),
  bulyan_flower: bulyan,
  mda: minimumDiameter,
  smea: smallestEigenvalue,
  caf,
  meamed,
  monna: (sample, { idx }) => monna(sample, sample.sources[idx]!),
  centered_clipping: (sample, { L, tau, m }) =>
    centeredClipping(sample, { radius: tau, steps: L, start: Float64Array.from(m) }),
  mean_of_beta_closest_to_ref: closestToReference,
}

function geometricMedianOf(sample: Sample, { nu, T, init }: Params): Vector {
  const start = init === 'zeros' ? new Float64Array(sample.dimension) : mean(sample)
  return geometricMedian(sample, { smoothing: nu, steps: T, start })
}

function closestToReference(sample: Sample, { ref, beta }: Params): Vector {
  const closest = closestMean(sample, beta)
  const block = new Float64Array(sample.sources.length * STRIDE)
  sample.sources.forEach((row, i) => {
    block.set(row, i * STRIDE)
  })
  return Float64Array.from(ref, (center, k) => closest(block, k, center))
}

function pipeline(rows: readonly Vector[], params: Params): Vector {
  let sample = sampleOf(rows, { weights: params.weights, byzantineWeight: params.b })
  for (const step of params.steps) {
    const [name, own] = typeof step === 'string' ? [step, params] : step
    const at: Sample = own.f === undefined ? sample : { ...sample, byzantineWeight: own.f }
    const rule = rules[name]
    if (rule !== undefined) return rule(at, own)
    sample = mixings[name]!(at, own)
  }
  throw new RangeError('a pipeline ends with a rule')
}

function aggregateAgainst({ pre, agg, agg_f }: Params): (rows: readonly Vector[]) => Vector {
  const steps = [...pre, [agg, { f: agg_f } as Params] as const]
  return (rows) => pipeline(rows, { steps } as unknown as Params)
}

function neighbourhoodOf(rows: readonly Vector[], { weights, self }: Params): Neighbourhood {
  const others = <T>(items: readonly T[]) => items.filter((_, i) => i !== self)
  return { own: rows[self]!, neighbours: others(rows), weights: others(weights) }
}

function oneLie(attack: (typeof attacks)[keyof typeof attacks], honest: readonly Vector[], params?: Params): Vector {
  const aggregate = params === undefined ? undefined : aggregateAgainst(params)
  return attack({ honest, liars: 1, round: 0, seed: 0, aggregate })[0]!
}

const searchOf = ({ evals, start, delta, ratio }: Params) => ({ evaluations: evals, start, step: delta, ratio })

const others: Record<string, (rows: readonly Vector[], params: Params) => Result> = {
  pipeline,
  weighted_pipeline: pipeline,
  robust_gossip_csplus: (rows, params) => clippedSum(neighbourhoodOf(rows, params), params.byz_weight),
  robust_gossip_gts: (rows, params) => trimmedSum(neighbourhoodOf(rows, params), params.byz_weight),
  robust_gossip_cs_he: (rows, params) => practicalClipping(neighbourhoodOf(rows, params), params.byz_weight),
  self_centered_clipping: (rows, params) => selfCenteredClipping(neighbourhoodOf(rows, params), params.tau),
  attack_sign_flipping: (rows) => oneLie(signFlip(), rows),
  attack_ipm: (rows, { tau }) => manipulated(rows, tau),
  attack_alie: (rows, { tau }) => shifted(rows, tau),
  attack_optimal_ipm: (rows, params) => oneLie(optimalInnerProduct(searchOf(params)), rows, params),
  attack_optimal_alie: (rows, params) => oneLie(optimalALittle(searchOf(params)), rows, params),
  attack_mimic: (rows, { epsilon }) => oneLie(mimic(epsilon), rows),
  attack_inf: (rows) => oneLie(attacks.infinite, rows),
  alie_zmax: (_, { n, m }) => largestHiddenShift(n, m),
}

/** @returns what this house computes for a case; `undefined` for a rule that it does not know */
export function compute({ rule, params, input }: VectorCase): Result | undefined {
  const own = params as unknown as Params
  const rows = (input ?? []).map((row) => Float64Array.from(row))
  const other = others[rule]
  if (other !== undefined) return other(rows, own)
  const sample = sampleOf(rows, { weights: own.weights, byzantineWeight: own.b ?? own.f })
  const mixing = mixings[rule]
  if (mixing !== undefined) return writeRows(mixing(sample, own))
  return rules[rule]?.(sample, own)
}
