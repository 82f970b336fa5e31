/**
 * Mixing with neighbours between commits, when nobody votes: what a peer does with models that it pulled from others.
 * @module
 */
export { clippedSum } from './clipped-sum.ts'
export { mixNeighbours } from './mix-neighbours.ts'
export type { Neighbourhood } from './neighbourhood.ts'
export { practicalClipping } from './practical-clipping.ts'
export { selfCenteredClipping } from './self-centered-clipping.ts'
export { trimmedSum } from './trimmed-sum.ts'
