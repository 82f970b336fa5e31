/**
 * Splits examples into shards, one for a contributor: at random, with a label skew, or by who wrote them. Every example
 * goes to exactly one shard and no shard is empty.
 * @module
 */
import { type Random, seededRandom } from '../../foundation/index.ts'
import type { Examples, Features, Labels } from '../../ports/index.ts'
import { exampleCount, positionsOf } from '../batches.ts'
import { DataError } from '../errors.ts'
import { sameShape, sizeOf, textOf } from '../model.ts'

/** Indices of the examples of each shard, ascending. */
export type Sharding = readonly Uint32Array[]

/** Independent and identically distributed: shuffled and dealt, sizes differ by at most one. */
export function shardIid(
  count: number,
  options: { readonly shards: number; readonly seed: number | string },
): Sharding {
  checkCount(count, options.shards)
  const random = seededRandom(`${options.seed}/iid`)
  const order = random.shuffle(Array.from({ length: count }, (_, i) => i))
  const dealt = emptyShards(options.shards)
  for (const [i, example] of order.entries()) dealt[i % options.shards]!.push(example)
  return dealt.map(ascending)
}

/**
 * Label skew: the examples of each class are split over the shards in proportions drawn from Dirichlet(α, …, α).
 *
 * Yurochkin et al., "Bayesian Nonparametric Federated Learning of Neural Networks", ICML 2019, §4
 * ({@link https://arxiv.org/abs/1905.12022 | arXiv:1905.12022}).
 *
 * Departure: a shard left empty is given one example of the largest, rather than drawing everything anew.
 *
 * @param alpha - concentration, positive: 100 is nearly IID, 0.5 is the usual skew, 0.05 about one class a shard
 */
export function shardByLabel(
  labels: Labels,
  options: { readonly shards: number; readonly alpha: number; readonly seed: number | string },
): Sharding {
  const { shards, alpha } = options
  if (!(alpha > 0 && Number.isFinite(alpha))) throw new RangeError(`alpha must be positive and finite, not ${alpha}`)
  checkCount(labels.length, shards)
  const random = seededRandom(`${options.seed}/dirichlet`)
  const dealt = emptyShards(shards)
  for (const members of membersOf(labels)) {
    random.shuffle(members)
    const shares = dirichlet(random, alpha, shards)
    let cumulated = 0
    let from = 0
    for (const [shard, share] of shares.entries()) {
      cumulated += share
      const to = shard === shards - 1 ? members.length : Math.round(cumulated * members.length)
      for (let i = from; i < to; i++) dealt[shard]!.push(members[i]!)
      from = Math.max(from, to)
    }
  }
  fillEmpty(dealt)
  return dealt.map(ascending)
}

/** Feature skew: all that one writer wrote goes to one shard; writers are shuffled and dealt. */
export function shardByWriter(
  writers: ArrayLike<number>,
  options: { readonly shards: number; readonly seed: number | string },
): Sharding {
  const names = [...new Set(Array.from(writers))].sort((a, b) => a - b)
  checkCount(names.length, options.shards)
  seededRandom(`${options.seed}/writers`).shuffle(names)
  const shardOf = new Map(names.map((writer, i) => [writer, i % options.shards]))
  const dealt = emptyShards(options.shards)
  for (let i = 0; i < writers.length; i++) dealt[shardOf.get(writers[i]!)!]!.push(i)
  return dealt.map(ascending)
}

/** A copy of the examples at `indices`, in that order. */
export function takeExamples(examples: Examples, indices: ArrayLike<number>): Examples {
  const size = sizeOf(examples.shape)
  const [count, positions] = [exampleCount(examples), positionsOf(examples)]
  const features = alike(examples.features, indices.length * size)
  const labels = alike(examples.labels, indices.length * positions)
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!
    if (!(index < count)) throw new RangeError(`no example ${index} of ${count}`)
    features.set(examples.features.subarray(index * size, (index + 1) * size), i * size)
    labels.set(examples.labels.subarray(index * positions, (index + 1) * positions), i * positions)
  }
  return { shape: examples.shape, classes: examples.classes, features, labels }
}

/** Examples of one shape after one another. */
export function joinExamples(parts: readonly Examples[]): Examples {
  const [first] = parts
  if (first === undefined) throw new RangeError('no examples to join')
  if (parts.length === 1) return first
  const odd = parts.find(({ shape, classes }) => !sameShape(shape, first.shape) || classes !== first.classes)
  if (odd !== undefined) throw new RangeError(`${textOf(odd.shape)} cannot be joined to ${textOf(first.shape)}`)
  return {
    shape: first.shape,
    classes: first.classes,
    features: concatenated(parts.map(({ features }) => features)),
    labels: concatenated(parts.map(({ labels }) => labels)),
  }
}

/** Indices to train on and to test on, ascending. */
export interface HeldOut {
  readonly train: Uint32Array
  readonly test: Uint32Array
}

/**
 * Holds a share of the examples of each class out of training, at random: at least one where a class has two.
 *
 * @param share - in [0, 1)
 */
export function holdOut(labels: Labels, options: { readonly share: number; readonly seed: number | string }): HeldOut {
  const random = seededRandom(`${options.seed}/held out`)
  const [train, test]: [number[], number[]] = [[], []]
  for (const members of membersOf(labels)) {
    random.shuffle(members)
    const wanted = Math.round(options.share * members.length)
    const held = options.share === 0 ? 0 : Math.min(members.length - 1, Math.max(1, wanted))
    test.push(...members.slice(0, held))
    train.push(...members.slice(held))
  }
  return { train: ascending(train), test: ascending(test) }
}

function concatenated<A extends Features>(parts: readonly A[]): A {
  const whole = alike(
    parts[0]!,
    parts.reduce((sum, part) => sum + part.length, 0),
  )
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function alike<A extends Features>(array: A, length: number): A {
  return new (array.constructor as new (length: number) => A)(length)
}

function checkCount(examples: number, shards: number): void {
  if (!Number.isInteger(shards) || shards < 1) throw new RangeError(`shards must be a positive integer, not ${shards}`)
  if (examples >= shards) return
  throw new DataError(
    { code: 'TOO_FEW_EXAMPLES', examples, shards },
    `${examples} cannot be split into ${shards} shards that are not empty`,
  )
}

function membersOf(labels: Labels): number[][] {
  const members: number[][] = Array.from({ length: 256 ** labels.BYTES_PER_ELEMENT }, () => [])
  for (const [i, label] of labels.entries()) members[label]!.push(i)
  return members.filter((of) => of.length > 0)
}

function dirichlet(random: Random, alpha: number, length: number): number[] {
  const draws = Array.from({ length }, () => random.gamma(alpha))
  const sum = draws.reduce((total, draw) => total + draw, 0)
  if (sum > 0) return draws.map((draw) => draw / sum)
  // A tiny α underflows: its limit is one shard that takes all.
  const winner = random.integer(length)
  return draws.map((_, i) => (i === winner ? 1 : 0))
}

function fillEmpty(dealt: number[][]): void {
  for (const shard of dealt) {
    if (shard.length > 0) continue
    const largest = dealt.reduce((most, other) => (other.length > most.length ? other : most))
    shard.push(largest.pop()!)
  }
}

function emptyShards(count: number): number[][] {
  return Array.from({ length: count }, () => [])
}

function ascending(indices: readonly number[]): Uint32Array {
  return Uint32Array.from(indices).sort()
}
