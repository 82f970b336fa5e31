/**
 * What a rule is given: weighted rows, a part of whose weight may lie.
 *
 * Rows are mixtures of the contributions: a pre-aggregator never writes `n × d` numbers, it composes coefficients, and the rule at
 * the end of a pipeline reads mixed rows block by block ({@link readBlock}). So a pipeline's working memory is one block.
 * @module
 */

export type Vector = Float32Array | Float64Array

/**
 * `row i = scale[i] · Σⱼ picks[i][j] · (prescale[j] · source j)`, `j` ascending, terms with a pick of 0 left out. This order is part
 * of the result's definition: every implementation adds in it.
 */
export interface Mixture {
  /** a factor per source */
  readonly prescale: Float64Array
  /** row-major, `count × sources` */
  readonly picks: Float64Array
  /** a factor per row */
  readonly scale: Float64Array
}

export interface Sample {
  readonly sources: readonly Vector[]
  /** d */
  readonly dimension: number
  /** absent: the rows are the sources themselves */
  readonly mixture?: Mixture
  /** one per row; their partial sums are exact in whatever order they are taken ({@link exactWeights}) */
  readonly weights: Float64Array
  /** W, the sum of `weights` */
  readonly total: number
  /** b, on the grid of the weights, `2·b < W` */
  readonly byzantineWeight: number
  /** where centered rules start from */
  readonly reference?: Vector
  /** the round's public randomness, for steps that permute */
  readonly seed: number | string
}

/** How many rows a sample has. */
export function rowsOf(sample: Sample): number {
  return sample.weights.length
}

/** Coordinates that a rule works on at a time: 32 rows of them stay in a second-level cache. */
export const BLOCK = 512

/**
 * Writes coordinates `[from, from + length)` of every row into `out`, row after row at a distance of {@link BLOCK}.
 * @param out - `float64[rows × BLOCK]`
 */
export function readBlock(sample: Sample, from: number, length: number, out: Float64Array): void {
  const { sources } = sample
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i]!
    const base = i * BLOCK
    for (let k = 0; k < length; k++) out[base + k] = source[from + k]!
  }
}
