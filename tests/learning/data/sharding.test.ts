import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../peer-core/foundation/index.ts'
import {
  DataError,
  type Sharding,
  shardByLabel,
  shardByWriter,
  shardIid,
  takeExamples,
} from '../../../peer-core/learning/index.ts'

/** Every example once, no shard empty. */
function expectPartition(sharding: Sharding, count: number, shards: number) {
  expect(sharding.length).toBe(shards)
  expect(sharding.every((shard) => shard.length > 0)).toBe(true)
  const all = sharding.flatMap((shard) => [...shard]).sort((a, b) => a - b)
  expect(all).toEqual(Array.from({ length: count }, (_, i) => i))
}

const labelled = fc.uint8Array({ minLength: 1, maxLength: 300 }).chain((labels) =>
  fc.record({
    labels: fc.constant(labels),
    shards: fc.integer({ min: 1, max: labels.length }),
    alpha: fc.oneof(fc.double({ min: 0.01, max: 100, noNaN: true }), fc.constant(1e-300), fc.constant(1e9)),
    seed: fc.nat(),
  }),
)

describe('shardIid', () => {
  it('deals evenly, every example once', () => {
    fc.assert(
      fc.property(labelled, ({ labels, shards, seed }) => {
        const sharding = shardIid(labels.length, { shards, seed })
        expectPartition(sharding, labels.length, shards)
        const sizes = sharding.map((shard) => shard.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('refuses more shards than examples', () => {
    expect(() => shardIid(3, { shards: 4, seed: 1 })).toThrow(DataError)
    expect(() => shardIid(3, { shards: 0, seed: 1 })).toThrow(RangeError)
    expect(() => shardIid(3, { shards: 1.5, seed: 1 })).toThrow(RangeError)
  })
})

describe('shardByLabel', () => {
  const random = seededRandom(3)
  const labels = Uint8Array.from({ length: 10_000 }, () => random.integer(10))

  /** Mean over shards of the share of their most frequent label: 0.1 when IID, 1 when one label each. */
  function skew(alpha: number) {
    const sharding = shardByLabel(labels, { shards: 8, alpha, seed: 11 })
    const shares = sharding.map((shard) => {
      const counts = new Array<number>(10).fill(0)
      for (const i of shard) counts[labels[i]!]!++
      return Math.max(...counts) / shard.length
    })
    return shares.reduce((a, b) => a + b, 0) / shares.length
  }

  it('uses every example once and leaves no shard empty, for any labels, α and seed', () => {
    fc.assert(
      fc.property(labelled, ({ labels, ...options }) => {
        expectPartition(shardByLabel(labels, options), labels.length, options.shards)
      }),
    )
  })

  it('skews labels more, the smaller α is', () => {
    expect(skew(1000)).toBeLessThan(0.14)
    expect(skew(0.5)).toBeGreaterThan(0.2)
    expect(skew(0.05)).toBeGreaterThan(0.5)
  })

  it('gives the same shards for a seed', () => {
    const options = { shards: 5, alpha: 0.5, seed: 1 }
    expect(shardByLabel(labels, options)).toEqual(shardByLabel(labels, options))
    expect(shardByLabel(labels, options)).not.toEqual(shardByLabel(labels, { ...options, seed: 2 }))
  })

  it('refuses an α that is none', () => {
    for (const alpha of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => shardByLabel(labels, { shards: 2, alpha, seed: 1 })).toThrow(RangeError)
    }
  })
})

describe('shardByWriter', () => {
  it('keeps a writer together', () => {
    const writers = Uint32Array.from({ length: 60 }, (_, i) => (i * 7) % 12)
    const sharding = shardByWriter(writers, { shards: 5, seed: 1 })
    expectPartition(sharding, 60, 5)
    const shardsOfWriter = new Map<number, Set<number>>()
    for (const [shard, members] of sharding.entries()) {
      for (const i of members) {
        const of = shardsOfWriter.get(writers[i]!) ?? new Set()
        shardsOfWriter.set(writers[i]!, of.add(shard))
      }
    }
    expect([...shardsOfWriter.values()].every((of) => of.size === 1)).toBe(true)
  })

  it('refuses more shards than writers', () => {
    expect(() => shardByWriter([1, 1, 2], { shards: 3, seed: 1 })).toThrow(DataError)
  })
})

describe('takeExamples', () => {
  const examples = {
    shape: [2],
    classes: 3,
    features: Uint8Array.of(1, 2, 3, 4, 5, 6),
    labels: Uint8Array.of(0, 1, 2),
  }

  it('copies the examples asked for, in that order', () => {
    const taken = takeExamples(examples, [2, 0])
    expect(taken).toEqual({ ...examples, features: Uint8Array.of(5, 6, 1, 2), labels: Uint8Array.of(2, 0) })
  })

  it('keeps float32 features what they are', () => {
    const floats = { ...examples, features: Float32Array.of(0.5, 1, 2, 3, 4, 5) }
    expect(takeExamples(floats, [0]).features).toEqual(Float32Array.of(0.5, 1))
  })

  it('refuses an example that is not there', () => {
    expect(() => takeExamples(examples, [3])).toThrow(RangeError)
  })
})
