/**
 * Covariance-bound-agnostic filter (CAF): rows are faded out along the direction of largest variance until weight `2b` is gone; the
 * mean at which that variance was smallest is the result.
 *
 * Allouah, Guerraoui, Stephan, "Towards Trustworthy Federated Learning with Untrusted Participants", ICML 2025
 * ({@link https://arxiv.org/abs/2505.01874 | arXiv:2505.01874}), after Diakonikolas et al. 2017.
 *
 * Guarantee: with `W > 2b`, an error of the order of the honest covariance's largest eigenvalue, without knowing it, in polynomial time.
 *
 * Departures: rows start from their reputation instead of 1; a row without weight left does not scale the others' fading (in ByzFL an
 * enormous one keeps the rest in for ever); ByzFL's single power step from a random vector is an exact eigenvector here,
 * so that every engine finds the same; everything after the Gram matrix is n × n.
 * @module
 */
import { rowGram } from '../geometry.ts'
import { combine } from '../mixture.ts'
import { rowsOf, type Sample } from '../sample.ts'
import { atMost } from '../weights.ts'
import { centered, dominant } from './dominant.ts'

/** O(n²d) for the Gram matrix, O(n³) for each of at most `2f + 1` rounds of fading. */
export function caf(sample: Sample): Float64Array {
  const n = rowsOf(sample)
  const gram = rowGram(sample)
  const held = sample.weights.slice()
  const kept = sample.total - 2 * sample.byzantineWeight
  let best = sharesOf(held)
  let least = Number.POSITIVE_INFINITY
  for (let round = 0; round < n && !atMost(sumOf(held), kept, sample.total); round++) {
    const shares = sharesOf(held)
    const products = centered(gram, shares)
    const roots = shares.map(Math.sqrt)
    const { value, vector } = dominant(products.map((x, at) => roots[Math.floor(at / n)]! * roots[at % n]! * x))
    if (value < least) {
      least = value
      best = shares
    }
    const spread = spreads(products, roots, vector)
    // Of those that still count: a row that is out already must not set the scale for the rest.
    const widest = spread.reduce((most, x, i) => (held[i]! > 0 ? Math.max(most, x) : most), 0)
    if (!(widest > 0)) break // all that is left coincides
    for (let i = 0; i < n; i++) if (held[i]! > 0) held[i] = held[i]! * (1 - spread[i]! / widest)
  }
  return combine(sample, best)
}

/** Squared length of every centered row along the dominant direction `Σⱼ rootsⱼ·vectorⱼ·(xⱼ − μ)`, up to a common factor. */
function spreads(products: Float64Array, roots: Float64Array, vector: Float64Array): Float64Array {
  const n = roots.length
  return roots.map((_, i) => {
    let along = 0
    for (let j = 0; j < n; j++) along += roots[j]! * vector[j]! * products[i * n + j]!
    return along * along
  })
}

function sharesOf(held: Float64Array): Float64Array {
  const total = sumOf(held)
  return held.map((weight) => weight / total)
}

function sumOf(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0)
}
