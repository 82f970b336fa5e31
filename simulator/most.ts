/** The largest of any number of values, 0 at least: a function does not take a hundred thousand arguments. @module */
export function most(values: Iterable<number>): number {
  let largest = 0
  for (const value of values) if (value > largest) largest = value
  return largest
}
