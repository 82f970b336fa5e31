/**
 * Mixing between commits, by a peer with the few neighbours that it can reach: CS+ ({@link clippedSum}), whose radius is never longer
 * than what the peer has learned itself (as in {@link selfCenteredClipping}), and exactly that where CS+ has none.
 *
 * CS+ is for neighbours of whom less than `b` lie. Of four drawn at random three may, and then its radius is theirs; and with one or two
 * it stands still, for nobody can say which of them is right: a mesh of two or three would never mix. Clipped to the peer's own length
 * each neighbour pulls it by at most its edge weight of that, `‖own‖ / (n + 1)`, however many lie. Measured against a task's own
 * pipeline in docs/aggregation.md.
 * @module
 */
import { clipFactor } from '../rules/centered-clipping.ts'
import { normOf } from '../rules/fltrust.ts'
import { clippedSumRadius } from './clipped-sum.ts'
import { step, surroundings } from './neighbourhood.ts'

/**
 * @param own - what the peer has learned since the last commit, `float32[d]`
 * @param neighbours - the same of its neighbours; each edge weighs `1 / (n + 1)`
 * @param byzantineShare - edge weight that may lie, less than 1/2; nothing is clipped where it is 0
 * @returns where to go on from, `float32[d]`; O(nd) time
 * @throws {@link AggregationError} `LENGTH_MISMATCH`, `NON_FINITE`
 */
export function mixNeighbours(
  own: Float32Array,
  neighbours: readonly Float32Array[],
  byzantineShare: number,
): Float32Array {
  const around = surroundings({ own, neighbours }, byzantineShare)
  const among = clippedSumRadius(around)
  const learned = normOf(own)
  const radius = byzantineShare === 0 ? among : among === 0 ? learned : Math.min(among, learned)
  return step(
    around,
    around.distances.map((distance) => clipFactor(distance, radius)),
  )
}
