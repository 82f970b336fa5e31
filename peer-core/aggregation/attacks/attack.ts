/**
 * What liars know and what they send. Pure and seeded: for tests, the simulator and demos, never for the product.
 * @module
 */
import type { Vector } from '../sample.ts'

/** The strongest adversary of the literature: it sees every honest delta of the round before it sends its own. */
export interface AttackView {
  /** honest deltas of this round, all of one length */
  readonly honest: readonly Vector[]
  /** what the liars would have sent had they trained as asked; one each */
  readonly own?: readonly Vector[]
  /** how many liars send */
  readonly liars: number
  /** Of whom `honest` and `liars` are a sample, where they are. */
  readonly crowd?: { readonly peers: number; readonly liars: number }
  /** from 0 */
  readonly round: number
  readonly seed: number | string
  /** the rule that will be used, for attacks that optimise against it */
  readonly aggregate?: (rows: readonly Vector[]) => Vector
}

/** @returns one delta per liar, `float32[d]` each */
export type Attack = (view: AttackView) => Float32Array[]

/** Every liar sends the same delta. */
export function together(forge: (view: AttackView) => Vector): Attack {
  return (view) => {
    const delta = Float32Array.from(forge(view))
    return Array.from({ length: view.liars }, () => delta.slice())
  }
}

/** Each liar sends its own delta, changed. Without deltas of their own they start from the honest mean. */
export function each(forge: (own: Vector, liar: number, view: AttackView) => Vector): Attack {
  return (view) => {
    const fallback = view.own === undefined ? meanOf(view.honest) : undefined
    return Array.from({ length: view.liars }, (_, liar) => {
      const own = view.own?.[liar] ?? fallback ?? meanOf(view.honest)
      return Float32Array.from(forge(own, liar, view))
    })
  }
}

/** Unweighted mean of rows, `float64[d]`. */
export function meanOf(rows: readonly Vector[]): Float64Array {
  const out = new Float64Array(rows[0]?.length ?? 0)
  for (const row of rows) for (let k = 0; k < out.length; k++) out[k] = out[k]! + row[k]!
  for (let k = 0; k < out.length; k++) out[k] = out[k]! / rows.length
  return out
}

/** Sample standard deviation (`n − 1`) of each coordinate, `float64[d]`. */
export function deviationOf(rows: readonly Vector[], mean: Float64Array = meanOf(rows)): Float64Array {
  const out = new Float64Array(mean.length)
  for (const row of rows) {
    for (let k = 0; k < out.length; k++) {
      const difference = row[k]! - mean[k]!
      out[k] = out[k]! + difference * difference
    }
  }
  return out.map((squares) => Math.sqrt(squares / Math.max(rows.length - 1, 1)))
}

export function times(vector: Vector, factor: number): Float64Array {
  return Float64Array.from(vector, (x) => factor * x)
}

/** Euclidean distance. */
export function distance(a: Vector, b: Vector): number {
  let squares = 0
  for (let k = 0; k < a.length; k++) {
    const difference = a[k]! - b[k]!
    squares += difference * difference
  }
  return Math.sqrt(squares)
}
