import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../peer-core/index.ts'
import { chooseShard } from '../../peer-core/round/index.ts'

const peer = (i: number) => `peer ${String(i).padStart(3, '0')}` as PeerId

describe('chooseShard', () => {
  it('takes one that nobody has', () => {
    const taken = new Map([
      [peer(1), 0],
      [peer(2), 2],
    ])
    expect(chooseShard(peer(3), 3, taken)).toBe(1)
  })

  it('keeps what it has while no shard is less used', () => {
    expect(chooseShard(peer(1), 2, new Map([[peer(2), 1]]), 0)).toBe(0)
  })

  it('leaves a shared one to the peer with the smaller id', () => {
    const shared = (other: PeerId) => new Map([[other, 0]])
    expect(chooseShard(peer(2), 2, shared(peer(1)), 0)).toBe(1)
    expect(chooseShard(peer(1), 2, shared(peer(2)), 0)).toBe(0)
  })

  it('comes to an even split from any start, everyone choosing at once', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 20 }),
        (shards, start) => {
          let held = new Map(start.map((shard, i) => [peer(i), shard % shards]))
          for (let round = 0; round < 40; round++) {
            held = new Map(
              [...held].map(([self, current]) => {
                const others = new Map([...held].filter(([other]) => other !== self))
                return [self, chooseShard(self, shards, others, current)]
              }),
            )
          }
          const uses = Array.from(
            { length: shards },
            (_, shard) => [...held.values()].filter((one) => one === shard).length,
          )
          expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 300 },
    )
  })
})
