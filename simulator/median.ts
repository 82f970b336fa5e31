/** The middle of some values; of an even number of them the upper of the two. `undefined` of none. @module */
export function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}
