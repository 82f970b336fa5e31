/** Shapes of arrays, outermost dimension first. @module */
export type Shape = readonly number[]

/** Product of the dimensions; 1 of none. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i])
}

/** For a person, e.g. `28×28×1`. */
export function textOf(shape: Shape): string {
  return shape.join('×')
}
