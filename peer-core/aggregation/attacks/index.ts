/**
 * What liars do. For tests, the simulator and demos; the product never imports it.
 * @module
 */
import { aLittle, optimalALittle } from './a-little.ts'
import type { Attack } from './attack.ts'
import { innerProduct, optimalInnerProduct } from './inner-product.ts'
import { mimic } from './mimic.ts'
import { nearDuplicates } from './near-duplicates.ts'
import { constant, gaussianNoise, scaled } from './noise.ts'
import { bitFlip, signFlip } from './sign-flip.ts'

export { aLittle, largestHiddenShift, optimalALittle, shifted } from './a-little.ts'
export type { Attack, AttackView } from './attack.ts'
export { dissensus, type Victim } from './dissensus.ts'
export { dropPeers } from './dropping-proposer.ts'
export { innerProduct, manipulated, optimalInnerProduct } from './inner-product.ts'
export { flipLabels } from './label-flip.ts'
export { mimic, widestPeer } from './mimic.ts'
export { nearDuplicates } from './near-duplicates.ts'
export { constant, gaussianNoise, scaled } from './noise.ts'
export { bitFlip, flippedMean, signFlip } from './sign-flip.ts'
export { sleeper } from './sleeper.ts'

/** Attacks on deltas by name, at their usual strength, for scenario files and demos. */
export const attacks = {
  'sign-flip': signFlip(),
  'bit-flip': bitFlip(),
  ipm: innerProduct(),
  'optimal-ipm': optimalInnerProduct(),
  alie: aLittle(),
  'optimal-alie': optimalALittle(),
  mimic: mimic(),
  gaussian: gaussianNoise(),
  infinite: constant(Number.POSITIVE_INFINITY),
  nan: constant(Number.NaN),
  scaled: scaled(3),
  sybils: nearDuplicates(signFlip()),
} as const satisfies Record<string, Attack>

export type AttackName = keyof typeof attacks
