/**
 * Inner product manipulation (IPM): a small step backwards, `−τ · mean`, that many rules take for an honest delta.
 *
 * Xie, Koyejo, Gupta, "Fall of Empires: Breaking Byzantine-tolerant SGD by Inner Product Manipulation", UAI 2019
 * ({@link https://arxiv.org/abs/1903.03936 | arXiv:1903.03936}). The optimal form picks τ by line search, as in ByzFL.
 * @module
 */
import type { Vector } from '../sample.ts'
import { type Attack, meanOf, times, together } from './attack.ts'
import { farthest, type LineSearch } from './line-search.ts'

/** @param strength - τ */
export function manipulated(honest: readonly Vector[], strength: number): Float64Array {
  return times(meanOf(honest), -strength)
}

/** @param strength - τ; 0.1 hides among honest deltas, 2 turns the mean of a third of liars around */
export function innerProduct(strength = 0.1): Attack {
  return together(({ honest }) => manipulated(honest, strength))
}

/** τ is what moves the aggregate farthest from the honest mean. */
export function optimalInnerProduct(search?: Partial<LineSearch>): Attack {
  return together((view) => {
    const direction = meanOf(view.honest)
    return farthest(view, (strength) => times(direction, -strength), search)
  })
}
