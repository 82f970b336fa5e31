/**
 * Where in a sorted column a weighted quantile can be.
 * @module
 */

export interface QuantileRange {
  /** first position where it can be: all of the heaviest rows are below */
  readonly least: number
  /** first position where it must be: all of the lightest rows are below */
  readonly most: number
}

/** Positions (from 0) of the first value by which at least `needed` weight has come, whatever row stands where. */
export function quantileRange(weights: Float64Array, needed: number): QuantileRange {
  const ascending = weights.toSorted()
  return { least: reach(ascending.toReversed(), needed), most: reach(ascending, needed) }
}

function reach(weights: Float64Array, needed: number): number {
  let held = weights[0]!
  let at = 0
  while (held < needed && at < weights.length - 1) held += weights[++at]!
  return at
}

const bits = new DataView(new ArrayBuffer(8))

/** The next float64 above a finite value that is not negative: `x > value` is `x ≥ above(value)`. */
export function above(value: number): number {
  bits.setFloat64(0, value)
  bits.setBigInt64(0, bits.getBigInt64(0) + 1n)
  return bits.getFloat64(0)
}
