/**
 * Training under attack, step by step as in the published set-up: Karimireddy, He, Jaggi, "Byzantine-Robust Learning on Heterogeneous
 * Datasets via Bucketing", ICLR 2022 ({@link https://arxiv.org/abs/2006.09365 | arXiv:2006.09365}), experiment 3.
 *
 * Twenty honest peers hold MNIST sorted by label (each has one or two digits), five liars hold some of everything. Each step every peer
 * takes a batch of 32 and keeps momentum (`m ← βm + g`); the aggregate of the momenta is the step. A smaller model than theirs: a
 * perceptron with one hidden layer.
 * @module
 */
import { type Attack, flipLabels, widestPeer } from '../../../peer-core/aggregation/attacks/index.ts'
import { type AggregationInput, checkContribution } from '../../../peer-core/aggregation/index.ts'
import { type Random, seededRandom } from '../../../peer-core/foundation/index.ts'
import type { Mlp } from './mlp.ts'
import { CLASSES, type SparseImages } from './mnist.ts'

export interface Setting {
  readonly mlp: Mlp
  readonly train: SparseImages
  readonly test: SparseImages
  readonly honest: number
  readonly liars: number
  readonly steps: number
  readonly batch: number
  readonly learningRate: number
  /** β */
  readonly momentum: number
  /** share of every honest batch that comes from all data rather than from the peer's own: 0 is sorted by label, 1 is alike */
  readonly similarity: number
  readonly seed: number
}

/** What the liars do: everything asked, train on flipped labels, copy one peer, or forge. */
export type Lie = 'none' | 'label-flip' | 'mimic' | Attack

/**
 * @param aggregate - momenta to one step; it is given the last step as reference
 * @returns mean test accuracy over the last five of the evaluations, in percent
 */
export function trainUnderAttack(
  setting: Setting,
  aggregate: (input: AggregationInput) => Float32Array,
  lie: Lie,
): number {
  const { mlp, train, honest, liars, steps, momentum, learningRate, seed } = setting
  const labels = lie === 'label-flip' ? flipLabels(train.labels, CLASSES) : train.labels
  const peers = shardsOf(setting).map((shard, i) => ({
    shard,
    random: seededRandom(`${seed}/batches/${i}`),
    labels: i < honest ? train.labels : labels,
    momentum: new Float64Array(mlp.length),
  }))
  const weights = mlp.initial(seed)
  const gradient = new Float64Array(mlp.length)
  const evaluations: number[] = []
  let reference: Float32Array = new Float32Array(mlp.length)
  let victim: number | undefined
  for (let step = 0; step < steps; step++) {
    const deltas = peers.map((peer) => {
      mlp.gradient(weights, train, peer.labels, draw(peer.random, peer.shard, setting), gradient)
      for (let k = 0; k < gradient.length; k++) peer.momentum[k] = momentum * peer.momentum[k]! + gradient[k]!
      return Float32Array.from(peer.momentum)
    })
    const truthful = deltas.slice(0, honest)
    const own = deltas.slice(honest)
    const usable = (delta: Float32Array) => checkContribution(delta, { length: mlp.length }) === undefined
    // A model driven to infinity has lost, and no aggregate is to be had any more.
    if (!deltas.every(usable)) return 100 / CLASSES
    let sent: readonly Float32Array[] = own
    if (lie === 'mimic') {
      victim ??= widestPeer(truthful)
      sent = own.map(() => truthful[victim!]!)
    } else if (typeof lie === 'function') sent = lie({ honest: truthful, own, liars, round: step, seed })
    const contributions = [...truthful, ...sent.filter(usable)]
    reference = aggregate({ contributions, byzantineWeight: liars, reference })
    for (let k = 0; k < weights.length; k++) weights[k] = weights[k]! - learningRate * reference[k]!
    if (step >= steps - 5 * EVALUATE_EVERY && (steps - 1 - step) % EVALUATE_EVERY === 0) {
      evaluations.push(100 * mlp.accuracy(weights, setting.test))
    }
  }
  return evaluations.reduce((a, b) => a + b, 0) / evaluations.length
}

export const EVALUATE_EVERY = 10

/** Shards of honest peers, sorted by label; liars draw from everything. */
export function shardsOf({
  train,
  honest,
  liars,
  seed,
}: Pick<Setting, 'train' | 'honest' | 'liars' | 'seed'>): Int32Array[] {
  const order = seededRandom(`${seed}/order`).shuffle(Array.from({ length: train.count }, (_, i) => i))
  const sorted = Int32Array.from(order).sort((i, j) => train.labels[i]! - train.labels[j]!)
  const size = Math.floor(train.count / honest)
  const shards = Array.from({ length: honest }, (_, i) => sorted.subarray(i * size, (i + 1) * size))
  return [...shards, ...Array.from({ length: liars }, () => Int32Array.from(order))]
}

function draw(random: Random, shard: Int32Array, { batch, similarity, train }: Setting): Int32Array {
  return Int32Array.from({ length: batch }, () =>
    random.next() < similarity ? random.integer(train.count) : shard[random.integer(shard.length)]!,
  )
}
