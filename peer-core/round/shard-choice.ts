/**
 * Which of a task's published shards a contributor trains on, agreed without a server: everyone says in its presence
 * which one it has; a newcomer takes the least used, in an order of its own; from a shard that is more used than another,
 * the peer with the greatest id moves, and only that one, so that everybody seeing the same does not move everybody.
 * @module
 */
import { type PeerId, seededRandom } from '../foundation/index.ts'

/**
 * @param taken - shard of each other peer
 * @returns an index below `shards`
 */
export function chooseShard(
  self: PeerId,
  shards: number,
  taken: ReadonlyMap<PeerId, number>,
  current?: number,
): number {
  if (shards < 1) throw new RangeError('no shards to choose from')
  const uses = new Array<number>(shards).fill(0)
  for (const shard of taken.values()) if (shard < shards) uses[shard]!++
  const least = Math.min(...uses)
  if (current !== undefined && current < shards) {
    const neighbours = [...taken].flatMap(([peer, shard]) => (shard === current ? [peer] : []))
    const isLast = neighbours.every((peer) => peer < self)
    if (!isLast || uses[current]! <= least) return current
  }
  const order = seededRandom(self).shuffle(uses.map((_, i) => i))
  return order.find((shard) => uses[shard] === least)!
}
