/** What liars do in the benches, at the strengths of the published runs (`alie`: the z of its paper for 25 peers of which 5 lie). @module */
import { type Attack, aLittle, bitFlip, innerProduct, scaled } from '../../../peer-core/aggregation/attacks/index.ts'
import type { Lie } from './arena.ts'

/** The same lie about the other direction: of deltas where it is one of gradients. */
export function mirrored(attack: Attack): Attack {
  const negated = (rows: readonly ArrayLike<number>[]) => rows.map((row) => Float32Array.from(row, (value) => -value))
  return (asked) => negated(attack({ ...asked, honest: negated(asked.honest), own: asked.own && negated(asked.own) }))
}

export const mild = {
  'bit flip': bitFlip(),
  'label flip': 'label-flip',
  mimic: 'mimic',
  ipm: innerProduct(0.1),
  alie: aLittle(),
} as const satisfies Readonly<Record<string, Lie>>

export const strong = {
  'ipm x10': innerProduct(10),
  'scaled x100': scaled(2),
} as const satisfies Readonly<Record<string, Lie>>

/** Pushes every weight down where the published one pushes it up. */
export const mirroredAlie = 'alie mirrored'

export const lies: Readonly<Record<string, Lie>> = {
  'no attack': 'none',
  ...mild,
  ...strong,
  [mirroredAlie]: mirrored(aLittle()),
}

/** Points of accuracy that a mild attack may cost the default. */
export const ALLOWANCE = 1.5
