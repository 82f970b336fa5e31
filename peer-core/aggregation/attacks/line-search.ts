/**
 * How strong should the lie be? Expansion, then contraction, towards the strength that moves the aggregate farthest.
 *
 * Shejwalkar, Houmansadr, "Manipulating the Byzantine", NDSS 2021; Allouah et al. 2023
 * ({@link https://arxiv.org/abs/2302.01772 | arXiv:2302.01772}), appendix; the schedule is ByzFL's.
 * @module
 */
import type { Vector } from '../sample.ts'
import { type AttackView, distance, meanOf } from './attack.ts'

export interface LineSearch {
  /** aggregations that may be computed */
  readonly evaluations: number
  /** first strength */
  readonly start: number
  /** first step */
  readonly step: number
  /** a failed step is multiplied by it, in (0.5, 1) */
  readonly ratio: number
}

const byzFl: LineSearch = { evaluations: 20, start: 0, step: 10, ratio: 0.8 }

/**
 * @param forge - strength → the delta that every liar would send
 * @returns the delta of the best strength found
 * @throws RangeError when the view has no `aggregate`
 */
export function farthest(
  view: AttackView,
  forge: (strength: number) => Float64Array,
  search: Partial<LineSearch> = {},
): Float64Array {
  const { aggregate, honest, liars } = view
  if (aggregate === undefined)
    throw new RangeError('an optimal attack needs the rule that it is to beat: view.aggregate')
  const { evaluations, start, step, ratio } = { ...byzFl, ...search }
  const mean = meanOf(honest)
  const reach = (strength: number) => {
    const lie: Vector = forge(strength)
    return distance(aggregate([...honest, ...Array.from({ length: liars }, () => lie)]), mean)
  }
  let best = start
  let bestReach = reach(start)
  let stride = step
  let expanding = true
  for (let spent = 1; spent < evaluations; spent++) {
    const reached = reach(best + stride)
    const better = reached > bestReach
    if (better) {
      best += stride
      bestReach = reached
    } else expanding = false
    stride *= better && expanding ? 2 : ratio
  }
  return forge(best)
}
