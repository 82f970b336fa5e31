/**
 * Krum and Multi-Krum: the rows with the smallest sum of squared distances to their nearest others.
 *
 * Blanchard, El Mhamdi, Guerraoui, Stainer, "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent", NeurIPS 2017
 * ({@link https://arxiv.org/abs/1703.02757 | arXiv:1703.02757}).
 *
 * Two variants are in use. `blanchard` is the paper's (and Flower's): the `n − f − 2` nearest others, at least one. `byzfl` sums
 * `n − f − 1` of them. Equal scores: the lowest row wins.
 *
 * Guarantee: with `n ≥ 2f + 3`, (α, f)-Byzantine resilience where honest variance is small beside the mean. Krum returns one peer's
 * row as it is: with unlike data that is one peer's opinion (measured in docs/aggregation.md). Rows are counted, not weighed: f is the
 * most rows that can hold `b`; Multi-Krum's average is weighted.
 * @module
 */
import { ascending, squaredDistances } from '../geometry.ts'
import { meanOfRows } from '../mixture.ts'
import { byzantineCount, rowsOf, type Sample } from '../sample.ts'

export type KrumVariant = 'blanchard' | 'byzfl'

/** O(n²d) time for the distances. */
export function krum(sample: Sample, variant: KrumVariant = 'blanchard'): Float64Array {
  return multiKrum(sample, variant, 1)
}

/** @param keep - how many rows are averaged; `n − f` unless given */
export function multiKrum(sample: Sample, variant: KrumVariant = 'blanchard', keep?: number): Float64Array {
  const byzantine = byzantineCount(sample)
  const rows = Array.from({ length: rowsOf(sample) }, (_, i) => i)
  const scores = krumScores(squaredDistances(sample), rows, byzantine, variant)
  const best = ascending(scores).slice(0, keep ?? rows.length - byzantine)
  return meanOfRows(
    sample,
    best.sort((i, j) => i - j),
  )
}

/**
 * @param distances - squared, `float64[n × n]`
 * @param among - the rows that are still in the running
 * @returns a score for each of them, in their order
 */
export function krumScores(
  distances: Float64Array,
  among: readonly number[],
  byzantine: number,
  variant: KrumVariant,
): number[] {
  const n = Math.sqrt(distances.length)
  const neighbours = Math.max(1, among.length - byzantine - (variant === 'blanchard' ? 2 : 1))
  return among.map((i) => {
    const others = Float64Array.from(
      among.filter((j) => j !== i),
      (j) => distances[i * n + j]!,
    ).sort()
    let score = 0
    for (let at = 0; at < Math.min(neighbours, others.length); at++) score += others[at]!
    return score
  })
}
