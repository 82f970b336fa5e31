/**
 * What a rule is given: weighted rows, a part of whose weight may lie.
 *
 * Rows are mixtures of the contributions ({@link Mixture}): a pre-aggregator never writes `n × d` numbers, it composes coefficients
 * from inner products, and the rule at the end of a pipeline reads mixed rows block by block. So a pipeline's working memory is one
 * block of rows, and pre-aggregators after the first cost nothing that grows with d.
 * @module
 */
import { gramOf } from './geometry.ts'
import { atMost, exactGrid, exactWeights, onGrid, sum } from './weights.ts'

export type Vector = Float32Array | Float64Array

/**
 * `row i = scale[i] · Σⱼ matrix[i][j] · (prescale[j] · source j)`, `j` ascending, terms with an entry of 0 left out; without `picks`,
 * `row i = prescale[i] · source i`. This order is part of the result's definition: every implementation adds in it.
 */
export interface Mixture {
  /** a factor per source */
  readonly prescale: Float64Array
  readonly picks?: {
    /** row-major, `rows × sources`; an entry of 1 (a row taken whole) costs an addition only */
    readonly matrix: Float64Array
    /** a factor per row */
    readonly scale: Float64Array
  }
}

export interface Sample {
  readonly sources: readonly Vector[]
  /** d */
  readonly dimension: number
  /** absent: the rows are the sources themselves */
  readonly mixture?: Mixture
  /** one per row; their partial sums are exact in whatever order they are taken */
  readonly weights: Float64Array
  /** W, the sum of `weights` */
  readonly total: number
  /** b, on the grid of the weights, `2·b < W` */
  readonly byzantineWeight: number
  /** where centered rules start from; zeros when absent */
  readonly reference?: Vector
  /** the round's public randomness, for steps that permute */
  readonly seed: number | string
  /** inner products of the *sources*, `float64[n × n]`, computed when first asked for */
  readonly gram: () => Float64Array
}

export interface SampleOptions {
  readonly weights?: readonly number[] | Float64Array
  readonly byzantineWeight?: number
  readonly reference?: Vector
  readonly seed?: number | string
}

/** A sample of rows as they are, in the order given. Checks nothing: {@link createAggregator} does. */
export function sampleOf(sources: readonly Vector[], options: SampleOptions = {}): Sample {
  const given = options.weights ?? new Float64Array(sources.length).fill(1)
  const step = exactGrid(given)
  const weights = exactWeights(given, step)
  let gram: Float64Array | undefined
  return {
    sources,
    dimension: sources[0]?.length ?? 0,
    weights,
    total: sum(weights),
    byzantineWeight: onGrid(options.byzantineWeight ?? 0, step),
    reference: options.reference,
    seed: options.seed ?? 0,
    gram: () => {
      gram ??= gramOf(sources)
      return gram
    },
  }
}

/** How many rows a sample has. */
export function rowsOf(sample: Sample): number {
  return sample.weights.length
}

/**
 * f: the most rows that the Byzantine weight can hold, for rules that count. With equal weights it is `⌊b/w⌋`; with unequal ones the
 * liars are taken to be the lightest rows, which is the most there can be.
 */
export function byzantineCount(sample: Sample): number {
  const ascending = sample.weights.toSorted()
  let held = 0
  let count = 0
  for (const weight of ascending) {
    held += weight
    if (!atMost(held, sample.byzantineWeight, sample.total)) break
    count++
  }
  return count
}
