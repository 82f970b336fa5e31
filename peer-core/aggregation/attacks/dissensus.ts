/**
 * Dissensus, on graphs: each neighbour is told what drives it away from its honest neighbours, which no two of them need agree on.
 *
 * He, Karimireddy, Jaggi, "Byzantine-Robust Decentralized Learning via ClippedGossip", 2022
 * ({@link https://arxiv.org/abs/2202.01545 | arXiv:2202.01545}), section 6: with plain gossip and ε = 1 the victim does not move towards
 * consensus at all; with more it moves away.
 * @module
 */
import type { Vector } from '../sample.ts'

export interface Victim {
  /** the victim's own model */
  readonly own: Vector
  /** its honest neighbours' models and edge weights */
  readonly honest: readonly { readonly model: Vector; readonly weight: number }[]
  /** edge weight that liars hold at this victim, above 0 */
  readonly liarsWeight: number
}

/**
 * @param strength - ε
 * @returns what every liar sends to this victim: `own − ε · Σ wⱼ(xⱼ − own) / liarsWeight`
 */
export function dissensus({ own, honest, liarsWeight }: Victim, strength = 1): Float32Array {
  const lie = Float64Array.from(own)
  for (const { model, weight } of honest) {
    const push = (strength * weight) / liarsWeight
    for (let k = 0; k < lie.length; k++) lie[k] = lie[k]! - push * (model[k]! - own[k]!)
  }
  return Float32Array.from(lie)
}
