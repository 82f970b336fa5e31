/**
 * The four scenarios that the room has to show, each from one seed: for its test, and for the curves in docs/reputation.md
 * (`scripts/draw-reputation.ts`).
 * @module
 */
import { type Hash, type PeerId, seededRandom, sha256, utf8ToBytes } from '../../peer-core/foundation/index.ts'
import {
  applyEvidence,
  byLot,
  defaultRules,
  drawCohort,
  initialReputation,
  isOverShare,
  mayContribute,
  medianOf,
  type RoundEvidence,
  rankOf,
  standingOf,
  weightOf,
} from '../../peer-core/reputation/index.ts'
import { effectiveWeightOf } from './effective-weight.ts'
import { type Behaviour, honest, type Learner, playField, type TrialSize } from './field.ts'
import { BAD, GOOD, peer, rulesWith } from './peers.ts'

/** One curve: a value per round, from round 1. */
export interface Curve {
  readonly name: string
  readonly values: readonly number[]
}

/**
 * Three peers join a task that runs for long: one works, two send harm whenever their work is taken. One of the two stays
 * under its name; the other leaves each time it is suspended and comes back under a new one, with all the work of admission.
 * @returns influence of each round, thousandths
 */
export function whitewashing(rounds = 60): Curve[] {
  const rules = defaultRules
  const [worker, stays] = [peer(1), peer(2)]
  let names = 100
  let leaves = peer(names)
  const usual = Array.from({ length: 5 }, (_, i) => peer(10 + i))
  let state = initialReputation(rules)
  state = applyEvidence(state, { round: 1, accepted: usual.map((who) => ({ peer: who, scores: GOOD })) }, rules)
  const curves = [worker, stays, leaves].map(() => [] as number[])
  for (let round = 2; round <= rounds + 1; round++) {
    if ((standingOf(state, leaves)?.suspendedUntil ?? 0) > round) leaves = peer(++names)
    const admitted = [worker, stays, leaves].filter((who) => standingOf(state, who) === undefined)
    const takes = (who: PeerId) => mayContribute(state, who, rules)
    curves.forEach((curve, i) => {
      curve.push(effectiveWeightOf(state, [worker, stays, leaves][i]!, rules))
    })
    const accepted = [
      ...[...usual, worker].filter(takes).map((who) => ({ peer: who, scores: GOOD })),
      ...[stays, leaves].filter(takes).map((who) => ({ peer: who, scores: BAD })),
    ]
    state = applyEvidence(state, { round, admitted: admitted.map((who) => ({ peer: who })), accepted }, rules)
  }
  return ['who works', 'a liar who stays', 'a liar who comes back under new names'].map((name, i) => ({
    name,
    values: curves[i]!,
  }))
}

/** Gives everyone the worst score there is. */
const slander = () => -1_000_000

/** Honest until its round comes; from then on its work takes back everything that was learned. */
const sleeps: Behaviour = {
  send: (delta, round, model) => (round < SLEEPERS_TURN ? delta : model.map((weight) => -4 * weight)),
  score: (score, _about, round) => (round < SLEEPERS_TURN ? score : slander()),
}

/** Sends the opposite of its work, always. */
const opposes: Behaviour = { send: (delta) => delta.map((x) => -x), score: slander }

/** Classes 0 … 7, unevenly: what most peers have. */
function usualMixes(seed: string, count: number): number[][] {
  const random = seededRandom(`mixes ${seed}`)
  return Array.from({ length: count }, () => Array.from({ length: 10 }, (_, c) => (c < 8 ? random.gamma(0.5) : 0)))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Turns: all sleepers at once, in the round given. */
export const SLEEPERS_TURN = 60

/**
 * 16 honest peers and 4 that are honest for 59 rounds and from round 60 on send what a quarter of undoes the model, while they give everyone the worst
 * score there is.
 * @returns influence in thousandths: median honest, the strongest sleeper, and the level of a newcomer
 */
export function sleeper(seed: string, rounds = 75): Curve[] {
  const mixes = usualMixes(seed, 20)
  const learners: Learner[] = mixes.map((mix, i) => ({
    peer: peer(100 + i),
    mix,
    behaviour: i < 16 ? honest : sleeps,
  }))
  const honestCurve: number[] = []
  const sleeperCurve: number[] = []
  for (const { influence } of playField({ learners, rules: rulesWith(), rounds, seed, byzantineShare: 0.2 })) {
    honestCurve.push(median(influence.slice(0, 16)))
    sleeperCurve.push(Math.max(...influence.slice(16)))
  }
  return [
    { name: 'median honest peer', values: honestCurve },
    { name: 'strongest sleeper', values: sleeperCurve },
    { name: 'newcomer', values: honestCurve.map(() => 500) },
  ]
}

/** Sybils arrive. */
export const FLOOD_AT = 30

/**
 * Honest peers run a task; in round 30 sybils come, `share` of all identities from then on, do everything to be taken, and turn every third
 * round.
 * @returns millionths of the round's weight that sybils hold: without and with the newcomers' share, and the declared `b`
 */
export function sybils(share: number, byzantineShare: number, rounds = 80): Curve[] {
  const rules = rulesWith({ expireRounds: 1_000 })
  const honestPeers = Array.from({ length: 70 }, (_, i) => peer(1_000 + i))
  const count = Math.round((70 * share) / (1 - share))
  const flood = Array.from({ length: count }, (_, i) => peer(2_000 + i))
  const isSybil = new Set<PeerId>(flood)
  let state = initialReputation(rules)
  const bounded: number[] = []
  const unbounded: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const roundHash = sha256(utf8ToBytes(`sybils/${round}`)) as Hash
    const present = round < FLOOD_AT ? honestPeers : [...honestPeers, ...flood]
    const { taken } = drawCohort(state, rules, { candidates: present, roundHash, byzantineShare })
    const able = present.filter((who) => mayContribute(state, who, rules))
    bounded.push(shareOf(taken))
    unbounded.push(shareOf(able))
    const admitted = present.filter((who) => standingOf(state, who) === undefined).map((who) => ({ peer: who }))
    const accepted = taken.map((who) => ({ peer: who, scores: isSybil.has(who) && round % 3 === 0 ? BAD : GOOD }))
    state = applyEvidence(state, { round, admitted, accepted }, rules)
  }
  return [
    { name: 'sybils, if all were taken', values: unbounded },
    { name: 'sybils in the round', values: bounded },
    { name: 'declared Byzantine share b', values: bounded.map(() => byzantineShare * 1_000_000) },
  ]

  function shareOf(peers: readonly PeerId[]): number {
    const weigh = (some: readonly PeerId[]) => some.reduce((sum, who) => sum + weightOf(state, who), 0)
    return Math.round((1_000_000 * weigh(peers.filter((who) => isSybil.has(who)))) / Math.max(1, weigh(peers)))
  }
}

/**
 * 15 honest peers without classes 8 and 9, one that has little else, and 4 who send the opposite of their work and give everyone the worst score.
 * @returns influence in thousandths: median honest, the peer with rare classes, the least of the other honest
 */
export function rareClasses(seed: string, rounds = 80): Curve[] {
  const mixes = usualMixes(seed, 19)
  const learners: Learner[] = [
    ...mixes.slice(0, 15).map((mix, i) => ({ peer: peer(100 + i), mix, behaviour: honest })),
    { peer: peer(200), mix: [0, 0, 0, 0, 0, 0, 0.1, 0.1, 1, 1], behaviour: honest },
    ...mixes.slice(15).map((mix, i) => ({ peer: peer(300 + i), mix, behaviour: opposes })),
  ]
  const middle: number[] = []
  const rare: number[] = []
  const least: number[] = []
  for (const { influence } of playField({ learners, rules: rulesWith(), rounds, seed, byzantineShare: 0.2 })) {
    middle.push(median(influence.slice(0, 16)))
    rare.push(influence[15]!)
    least.push(Math.min(...influence.slice(0, 15)))
  }
  return [
    { name: 'median honest peer', values: middle },
    { name: 'the peer with rare classes', values: rare },
    { name: 'least of the other honest', values: least },
  ]
}

/**
 * What scorers find of honest work, of a peer with rare classes, and of lies, in one run where nobody's standing matters.
 * @param trial - at what size a delta is tried
 * @returns thousandths of the unit of loss, by kind, for the rounds given
 */
export function scoresOfKinds(seed: string, trial: TrialSize, rounds: readonly number[]) {
  const noise = seededRandom(`noise ${seed}`)
  const mixes = usualMixes(seed, 19)
  const lies: Readonly<Record<string, Behaviour['send']>> = {
    'the opposite': (delta) => delta.map((x) => -x),
    'ten times the opposite': (delta) => delta.map((x) => -10 * x),
    'ten times its work': (delta) => delta.map((x) => 10 * x),
    noise: (delta) => delta.map(() => 0.3 * noise.normal()),
  }
  const learners: Learner[] = [
    ...mixes.slice(0, 15).map((mix, i) => ({ peer: peer(100 + i), mix, behaviour: honest })),
    { peer: peer(200), mix: [0, 0, 0, 0, 0, 0, 0.1, 0.1, 1, 1], behaviour: honest },
    ...Object.values(lies).map((send, i) => ({
      peer: peer(300 + i),
      mix: mixes[15 + i]!,
      behaviour: { ...honest, send },
    })),
  ]
  const rules = rulesWith({ suspendBelow: 0, provenQuorum: 256 })
  const options = { learners, rules, rounds: Math.max(...rounds), seed, byzantineShare: 0.2, trial }
  return [...playField(options)]
    .filter(({ round }) => rounds.includes(round))
    .map(({ round, scores }) => {
      const found = learners.map(({ peer: who }) => Math.round(medianOf(scores.get(who)!) / 1_000))
      const usual = found.slice(0, 15)
      return {
        round,
        'usual, least': Math.min(...usual),
        'usual, median': median(usual),
        'rare classes': found[15]!,
        ...Object.fromEntries(Object.keys(lies).map((kind, i) => [kind, found[16 + i]!])),
      }
    })
}

/** Newcomers arrive: three hundred names that want to be there, then one peer that works. */
export const QUEUE_AT = 30

/**
 * Ten proven peers, so that five newcomers find room in a round. `names` more come in round 30, and two rounds later one honest peer. As in the
 * product a commit tells of 128 who were left out at most, and carries the scores of the round before it.
 * @param idle - whether the names send nothing that has an effect; else they work as everyone does
 * @returns the honest newcomer's influence and that of the strongest of the names, thousandths
 */
export function patientNames(names: number, idle: boolean, rounds = 330): Curve[] {
  const rules = defaultRules
  const proven = Array.from({ length: 10 }, (_, i) => peer(1_000 + i))
  const flood = Array.from({ length: names }, (_, i) => peer(2_000 + i))
  const newcomer = peer(3_000)
  const isIdle = new Set<PeerId>(idle ? flood : [])
  let state = initialReputation(rules)
  const its: number[] = []
  const theirs: number[] = []
  let accepted: RoundEvidence['accepted'] = []
  for (let round = 1; round <= rounds; round++) {
    const roundHash = sha256(utf8ToBytes(`patient names/${round}`)) as Hash
    const present = [...proven, ...(round >= QUEUE_AT ? flood : []), ...(round >= QUEUE_AT + 2 ? [newcomer] : [])]
    const able = present.filter((who) => mayContribute(state, who, rules))
    const seen = byLot(roundHash, 'place', able)
      .sort((a, b) => rankOf(state, rules, b) - rankOf(state, rules, a))
      .slice(0, 128)
    const { taken, left } = drawCohort(state, rules, { candidates: seen, roundHash, byzantineShare: 0.2 })
    its.push(weightOf(state, newcomer))
    theirs.push(Math.max(...flood.map((who) => weightOf(state, who))))
    const admitted = present.filter((who) => standingOf(state, who) === undefined).map((who) => ({ peer: who }))
    const rejected = left.flatMap(({ peer: who, why }) => (isOverShare(why) ? [{ peer: who, reason: why }] : []))
    state = applyEvidence(state, { round, admitted, accepted, rejected }, rules)
    accepted = taken.map((who) => ({ peer: who, scores: isIdle.has(who) ? [0, 0, 0] : GOOD }))
  }
  return [
    { name: 'the peer that works', values: its },
    { name: 'the strongest of the names', values: theirs },
    { name: 'newcomer', values: its.map(() => 500) },
  ]
}
