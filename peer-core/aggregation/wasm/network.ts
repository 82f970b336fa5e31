/**
 * Comparator networks: sorting without branches, the same comparisons whatever the values.
 *
 * Batcher's merge exchange (Knuth, TAOCP 3, 5.2.2, Algorithm M), which sorts any n; then comparators whose results nobody reads are
 * taken out, so that a trimmed mean of 32 rows, which needs two order statistics only, runs fewer.
 * @module
 */

export interface Comparator {
  /** gets the smaller value */
  readonly low: number
  /** gets the greater value */
  readonly high: number
  readonly wanted: 'both' | 'low' | 'high'
}

/** A network that sorts n values; Θ(n log² n) comparators. */
export function sortingNetwork(n: number): Comparator[] {
  const comparators: Comparator[] = []
  const top = 2 ** (Math.ceil(Math.log2(Math.max(n, 2))) - 1)
  for (let p = top; p >= 1; p /= 2) {
    let q = top
    let r = 0
    for (let d = p; ; ) {
      for (let i = 0; i < n - d; i++) {
        if ((i & p) === r) comparators.push({ low: i, high: i + d, wanted: 'both' })
      }
      if (q === p) break
      d = q - p
      q /= 2
      r = p
    }
  }
  return comparators
}

/** What of the network is needed when only the values at `positions` are read after it. */
export function selecting(network: readonly Comparator[], positions: Iterable<number>): Comparator[] {
  const read = new Set(positions)
  const kept: Comparator[] = []
  for (const { low, high } of network.toReversed()) {
    const wantsLow = read.has(low)
    const wantsHigh = read.has(high)
    if (!wantsLow && !wantsHigh) continue
    kept.push({ low, high, wanted: wantsLow && wantsHigh ? 'both' : wantsLow ? 'low' : 'high' })
    read.add(low)
    read.add(high)
  }
  return kept.reverse()
}

/** As `assembly/order.ts` reads it: byte offsets of rows, what is wanted in the lowest two bits. */
export function encodeNetwork(network: readonly Comparator[], rowBytes: number): Int32Array {
  const bits = { both: 0, low: 1, high: 2 }
  return Int32Array.from(network.flatMap(({ low, high, wanted }) => [(low * rowBytes) | bits[wanted], high * rowBytes]))
}
