/**
 * A field of real learners, small enough for a test: softmax regression on Gaussian clusters, everybody with other classes.
 *
 * Every round each peer trains some steps from the global model, the round's scorers try each delta on their own held-out examples,
 * the commit's evidence goes through the machine, and the cohort's deltas through the default pipeline with the weights that come
 * out of it. Nothing here knows who lies but the liars.
 */
import { createAggregator, defaultPipeline } from '../../peer-core/aggregation/index.ts'
import {
  type Hash,
  type PeerId,
  type Random,
  seededRandom,
  sha256,
  utf8ToBytes,
} from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  drawCohort,
  drawScorers,
  initialReputation,
  type ReputationRules,
  type ReputationState,
  scoreOf,
  scorersFor,
  standingOf,
  TRIED,
  weightOf,
} from '../../peer-core/reputation/index.ts'
import { effectiveWeightOf } from './effective-weight.ts'

const CLASSES = 10
const FEATURES = 12
const WIDTH = FEATURES + 1
const PARAMETERS = CLASSES * WIDTH

interface Examples {
  readonly x: Float64Array[]
  readonly y: number[]
}

/** What a peer does with what it has computed. */
export interface Behaviour {
  /** its delta as it sends it in this round, from `model`; `undefined`: it stays away */
  send(honest: Float32Array, round: number, model: Float32Array): Float32Array | undefined
  /** its verdict as it gives it, in millionths */
  score(honest: number, about: PeerId, round: number): number
}

export const honest: Behaviour = { send: (delta) => delta, score: (score) => score }

export interface Learner {
  readonly peer: PeerId
  /** share of each class in its data */
  readonly mix: readonly number[]
  readonly behaviour: Behaviour
  /** first round that it is there */
  readonly joins?: number
}

export type TrialSize = 'quarter' | 'whole' | 'part'

export interface FieldOptions {
  readonly learners: readonly Learner[]
  readonly rules: ReputationRules
  readonly rounds: number
  readonly seed: string
  readonly byzantineShare: number
  /** at what size scorers try a delta: a quarter (the room's rule), whole, or its part in a mean of all, times their number */
  readonly trial?: TrialSize
}

export interface FieldRound {
  readonly round: number
  readonly state: ReputationState
  /** by learner: thousandths, 0 for whose work is not taken */
  readonly influence: readonly number[]
  readonly scores: ReadonlyMap<PeerId, readonly number[]>
  /** of the model on all classes alike */
  readonly accuracy: number
  /** weight of the learners in the aggregate, by index; 0 for who is not in it */
  readonly taken: readonly number[]
}

export function* playField(options: FieldOptions): Generator<FieldRound> {
  const { learners, rules } = options
  const random = seededRandom(options.seed)
  const centers = Array.from({ length: CLASSES }, () => Array.from({ length: FEATURES }, () => 1.1 * random.normal()))
  const sets = learners.map(({ mix }, i) => {
    const own = random.fork(`data ${i}`)
    return {
      train: draw(own, centers, mix, 60),
      heldOut: draw(own, centers, mix, 40),
      random: own.fork('training'),
    }
  })
  const test = draw(random.fork('test'), centers, new Array(CLASSES).fill(1), 300)
  const aggregate = createAggregator(defaultPipeline)
  let reference: Float32Array = new Float32Array(PARAMETERS)
  const unitLoss = Math.log(CLASSES)
  let model = new Float32Array(PARAMETERS)
  let state = initialReputation(rules)
  const indexOf = new Map(learners.map(({ peer }, i) => [peer, i]))
  for (let round = 1; round <= options.rounds; round++) {
    const roundHash = sha256(utf8ToBytes(`${options.seed}/${round}`)) as Hash
    const present = learners.filter(({ joins = 1 }) => round >= joins)
    const admitted = present.filter(({ peer }) => standingOf(state, peer) === undefined).map(({ peer }) => ({ peer }))
    const sent = new Map<PeerId, Float32Array>()
    for (const { peer, behaviour } of present) {
      const own = sets[indexOf.get(peer)!]!
      const delta = behaviour.send(train(model, own.train, own.random), round, model)
      if (delta !== undefined) sent.set(peer, delta)
    }
    const cohort = drawCohort(state, rules, {
      candidates: [...sent.keys()],
      roundHash,
      byzantineShare: options.byzantineShare,
    })
    const scores = new Map<PeerId, number[]>()
    const proven = present
      .map(({ peer }) => peer)
      .filter((peer) => (standingOf(state, peer)?.quality ?? 0) >= rules.provenAt)
    // Until enough are proven, everyone stands for a committee.
    const committee = proven.length >= rules.minimumScores ? [] : present.map(({ peer }) => peer)
    const scorers = drawScorers({ roundHash, committee, proven, count: rules.scorers })
    const bases = new Map(scorers.map((peer) => [peer, lossOf(model, sets[indexOf.get(peer)!]!.heldOut)]))
    const sizes = { quarter: TRIED, whole: 1, part: 1 / cohort.taken.length }
    const size = sizes[options.trial ?? 'quarter']
    const times = options.trial === 'part' ? cohort.taken.length : 1
    for (const peer of cohort.taken) {
      const delta = sent.get(peer)!
      const given = scorersFor(peer, scorers, () => undefined).map((scorer) => {
        const i = indexOf.get(scorer)!
        const trial = model.map((weight, k) => weight + size * delta[k]!)
        const baseLoss = bases.get(scorer)!
        const trialLoss = baseLoss + times * (lossOf(trial, sets[i]!.heldOut) - baseLoss)
        const score = scoreOf({ baseLoss, trialLoss, unitLoss })
        return learners[i]!.behaviour.score(score, peer, round)
      })
      scores.set(peer, given)
    }
    const taken = new Array<number>(learners.length).fill(0)
    for (const peer of cohort.taken) taken[indexOf.get(peer)!] = weightOf(state, peer)
    const weights = cohort.taken.map((peer) => weightOf(state, peer))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    if (cohort.taken.length > 0) {
      reference = aggregate({
        reference,
        contributions: cohort.taken.map((peer) => sent.get(peer)!),
        weights,
        byzantineWeight: Math.floor(options.byzantineShare * total),
      })
      model = model.map((weight, k) => weight + reference[k]!)
    }
    const accepted = cohort.taken.map((peer) => ({ peer, scores: scores.get(peer)! }))
    state = applyEvidence(state, { round, admitted, accepted }, rules)
    yield {
      round,
      state,
      influence: learners.map(({ peer }) => effectiveWeightOf(state, peer, rules)),
      scores,
      accuracy: accuracyOf(model, test),
      taken,
    }
  }
}

function draw(random: Random, centers: readonly number[][], mix: readonly number[], count: number): Examples {
  const total = mix.reduce((sum, share) => sum + share, 0)
  const y = Array.from({ length: count }, () => {
    let left = random.next() * total
    for (let label = 0; label < mix.length; label++) {
      left -= mix[label]!
      if (left < 0) return label
    }
    return mix.length - 1
  })
  const x = y.map((label) => Float64Array.from(centers[label]!, (center) => center + random.normal()))
  return { x, y }
}

/** Local steps of mini-batch gradient descent. */
function train(model: Float32Array, { x, y }: Examples, random: Random): Float32Array {
  const weights = Float64Array.from(model)
  const gradient = new Float64Array(PARAMETERS)
  for (let step = 0; step < 8; step++) {
    gradient.fill(0)
    for (let b = 0; b < 12; b++) {
      const at = random.integer(y.length)
      const chances = softmax(weights, x[at]!)
      for (let c = 0; c < CLASSES; c++) {
        const error = (chances[c]! - (c === y[at] ? 1 : 0)) / 12
        for (let f = 0; f < FEATURES; f++) gradient[c * WIDTH + f]! += error * x[at]![f]!
        gradient[c * WIDTH + FEATURES]! += error
      }
    }
    for (let k = 0; k < PARAMETERS; k++) weights[k]! -= 0.1 * gradient[k]!
  }
  return Float32Array.from(weights, (weight, k) => weight - model[k]!)
}

const chances = new Float64Array(CLASSES)

/** @returns a buffer that the next call overwrites */
function softmax(weights: Float64Array | Float32Array, x: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY
  for (let c = 0; c < CLASSES; c++) {
    const row = c * WIDTH
    let logit = weights[row + FEATURES]!
    for (let f = 0; f < FEATURES; f++) logit += weights[row + f]! * x[f]!
    chances[c] = logit
    if (logit > most) most = logit
  }
  let total = 0
  for (let c = 0; c < CLASSES; c++) {
    const chance = Math.exp(chances[c]! - most)
    chances[c] = chance
    total += chance
  }
  for (let c = 0; c < CLASSES; c++) chances[c]! /= total
  return chances
}

function lossOf(weights: Float32Array, { x, y }: Examples): number {
  return x.reduce((sum, row, i) => sum - Math.log(Math.max(1e-12, softmax(weights, row)[y[i]!]!)), 0) / y.length
}

function accuracyOf(weights: Float32Array, { x, y }: Examples): number {
  const right = x.filter((row, i) => {
    const chances = softmax(weights, row)
    return chances.indexOf(Math.max(...chances)) === y[i]
  })
  return right.length / y.length
}
