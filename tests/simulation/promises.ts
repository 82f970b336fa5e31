/**
 * What a mesh must survive, each with its promise and with a rule whose breach the promise must notice. `size` 1 is what
 * `npm test` has time for; `npm run check -- simulation` plays some seeds twice as large.
 *
 * A breach that breaks the promise without anybody lying and without a fault says nothing about what the rule is there for. So
 * each has a {@link controlOf | control}: the same rule broken in peace, and the promise must be kept.
 */
import { type Scenario, type ScenarioInput, type SimulateOptions, scenarioSchema } from '../../simulator/index.ts'

export interface Promised {
  readonly name: string
  readonly scenario: Scenario
  /** The same with one rule broken: it must not keep the promise. */
  readonly broken: Broken
}

export interface Broken {
  readonly rule: string
  readonly scenario: Scenario
  readonly breaks?: SimulateOptions['breaks']
}

/** The breach where nothing goes wrong and nobody lies. */
export function controlOf({ scenario, ...broken }: Broken): Broken {
  return { ...broken, scenario: { ...scenario, attacks: [], faults: [] } }
}

export function promises(size: number): readonly Promised[] {
  return [
    leaving(size),
    slow(size),
    partition(size),
    seedsOneAfterAnother(size),
    seedsAtOnce(size),
    allTogether(size),
    ...byzantineAttacks.map((attack) => byzantine(attack, size)),
  ]
}

const deadlineMs = 6_000
/** From the deadline on: contributions are fetched, voted on, committed. */
const marginSeconds = 4
const quick = { deadlineMs, fetchMs: 2_000 }

function scenario(input: ScenarioInput): Scenario {
  return scenarioSchema.parse({ untilSeconds: 50, network: { jitterMs: 10, lossRate: 0.01 }, ...input })
}

const waitsForEver = { ...quick, deadlineMs: 3_600_000 }

/** A fifth of the devices die in the middle of a round. */
function leaving(size: number): Promised {
  const at = (round: typeof quick) =>
    scenario({
      population: [{ name: 'devices', count: 5 * size, msPerStep: { median: 90, spread: 1.1 } }],
      faults: [{ kind: 'leave', atSeconds: 13, who: 'devices', share: 0.2, everySeconds: 1 }],
      task: { round },
      promise: { rounds: 6, longestRoundSeconds: deadlineMs / 1_000 + marginSeconds, followedShare: 1 },
    })
  const rule = 'a round waits for nobody longer than its deadline'
  return {
    name: 'a fifth leaving mid-round costs one deadline',
    scenario: at(quick),
    broken: { rule, scenario: at(waitsForEver) },
  }
}

/** Three in ten train a hundred times as slowly. */
function slow(size: number): Promised {
  const at = (round: typeof quick) =>
    scenario({
      population: [{ name: 'devices', count: 7 * size, msPerStep: { median: 30, spread: 1.2 } }],
      faults: [{ kind: 'slow', atSeconds: 10, who: 'devices', share: 0.3, factor: 100 }],
      task: { round },
      promise: { rounds: 9, accuracy: 0.6, longestRoundSeconds: deadlineMs / 1_000 + marginSeconds },
    })
  const rule = 'what is not done by two thirds of the deadline is left out'
  return {
    name: 'three in ten slow ones hold nobody up',
    scenario: at(quick),
    broken: { rule, scenario: at(waitsForEver) },
  }
}

/** One of four institutions is cut off for a minute. */
function partition(size: number): Promised {
  const there = scenario({
    untilSeconds: 95,
    network: { zones: ['a', 'b', 'c', 'd'], latencyMs: 20, deadAfterSeconds: 6 },
    seeds: { count: 4 },
    population: [{ name: 'devices', count: 4 * size, msPerStep: { median: 60, spread: 1.2 } }],
    faults: [{ kind: 'partition', atSeconds: 15, forSeconds: 60, who: 'd' }],
    task: { round: quick },
    promise: { rounds: 12, recoverySeconds: 12, longestRoundSeconds: 15, followedShare: 1 },
  })
  return {
    name: 'a minute of partition leaves one chain, and the cut-off part catches up',
    scenario: there,
    broken: { rule: 'who missed commits is told them', scenario: there, breaks: ['sync'] },
  }
}

/** Each seed of four dies, and comes back before the next one goes. */
function seedsOneAfterAnother(size: number): Promised {
  const at = (turns: { everySeconds: number; returnAfterSeconds: number }) =>
    scenario({
      untilSeconds: 90,
      seeds: { count: 4 },
      population: [{ name: 'devices', count: 4 * size, msPerStep: { median: 60, spread: 1.2 } }],
      faults: [{ kind: 'leave', atSeconds: 12, who: 'seeds', ...turns }],
      task: { round: quick },
      promise: { rounds: 8, recoverySeconds: 20, longestRoundSeconds: 15 },
    })
  return {
    name: 'seeds dying one after another stop nothing for long',
    scenario: at({ everySeconds: 16, returnAfterSeconds: 12 }),
    broken: {
      rule: 'more than two thirds of the seeds are there',
      scenario: at({ everySeconds: 6, returnAfterSeconds: 40 }),
    },
  }
}

/** All four seeds die in one moment, and come back. */
function seedsAtOnce(size: number): Promised {
  const awaySeconds = 15
  const there = scenario({
    untilSeconds: 70,
    seeds: { count: 4 },
    population: [{ name: 'devices', count: 5 * size, msPerStep: { median: 60, spread: 1.2 } }],
    faults: [{ kind: 'leave', atSeconds: 20, who: 'seeds', returnAfterSeconds: awaySeconds }],
    task: { round: quick },
    promise: { rounds: 6, recoverySeconds: 15, longestRoundSeconds: awaySeconds + 10, followedShare: 1 },
  })
  return {
    name: 'all seeds dying at once and coming back loses no commit',
    scenario: there,
    broken: { rule: 'what was committed is kept by somebody', scenario: there, breaks: ['storage', 'sync'] },
  }
}

/**
 * A fifth lie, three in ten are slow, a fifth die in the middle of a round, an institution is cut off, and a seed dies. Of liars as of
 * honest devices: drawn from all of them together, faults would leave some seeds two honest devices beside three liars, which no rule withstands.
 */
function allTogether(size: number): Promised {
  const at = (round: typeof quick) =>
    scenario({
      untilSeconds: 90,
      network: { zones: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], latencyMs: 20, deadAfterSeconds: 6 },
      seeds: { count: 7 },
      population: [
        { name: 'devices', count: 16 * size, msPerStep: { median: 90, spread: 1.2 } },
        { name: 'liars', count: 4 * size, msPerStep: { median: 90, spread: 1.2 } },
      ],
      data: { alpha: 3 },
      attacks: [{ attack: 'scaled', who: 'liars', share: 1 }],
      faults: [
        ...['devices', 'liars'].flatMap((who) => [
          { kind: 'slow' as const, atSeconds: 8, who, share: 0.3, factor: 100 },
          { kind: 'leave' as const, atSeconds: 13, who, share: 0.2, everySeconds: 1 },
        ]),
        { kind: 'partition', atSeconds: 20, forSeconds: 60, who: 'g' },
        { kind: 'leave', atSeconds: 40, who: 'seed-0', returnAfterSeconds: 20 },
      ],
      task: { round, aggregation: { pipeline: ['adaptive-centering'] } },
      promise: { rounds: 9, accuracy: 0.7, recoverySeconds: 20, longestRoundSeconds: 20 },
    })
  return {
    name: 'all of it together: liars, slow ones, leavers, a partition and a dying seed',
    scenario: at(quick),
    broken: { rule: 'a round waits for nobody longer than its deadline', scenario: at(waitsForEver) },
  }
}

/** Honest data of few kinds a device: less is promised of them, which nobody's lying keeps. */
const unlike = { count: 20, alpha: 0.15, accuracy: 0.65 }
const mostLie = 'fewer than half lie'

/**
 * What each attack's promise hangs on. Only a robust rule withstands the crudest; more liars than honest peers steer any
 * rule, and some do with fewer; what hides among honest deltas, or copies one, hurts much only where honest data are unlike
 * as well; and what is refused on arrival does harm where it is not.
 */
const breaches = {
  scaled: { rule: 'aggregation is robust', pipeline: ['mean'] },
  'sign-flip': { rule: mostLie, share: 0.6 },
  'bit-flip': { rule: mostLie, share: 0.6 },
  ipm: { rule: mostLie, share: 0.6 },
  gaussian: { rule: mostLie, share: 0.8 },
  sybils: { rule: mostLie, share: 0.6 },
  'optimal-ipm': { rule: 'no more lie than the rule withstands', share: 0.4, ...unlike },
  'optimal-alie': { rule: 'no more lie than the rule withstands', share: 0.4, ...unlike },
  alie: { rule: mostLie, share: 0.6, ...unlike },
  mimic: { rule: mostLie, share: 0.6, ...unlike },
  infinite: { rule: 'what is not finite is refused', breaks: ['finite'] },
  nan: { rule: 'what is not finite is refused', breaks: ['finite'] },
  'label-flip': { rule: mostLie, share: 0.6 },
  silent: { rule: 'a round waits for nobody longer than its deadline', round: waitsForEver },
  withhold: { rule: 'somebody hands over what it announces', share: 1 },
} as const satisfies Record<Attack, Breach>

type Attack = Scenario['attacks'][number]['attack']
const byzantineAttacks = Object.keys(breaches) as Attack[]

interface Breach {
  readonly rule: string
  readonly pipeline?: readonly string[]
  readonly share?: number
  readonly alpha?: number
  readonly accuracy?: number
  readonly count?: number
  readonly round?: typeof quick
  readonly breaks?: SimulateOptions['breaks']
}

/** Wrong labels are as good as right ones to a trainer that only counts them: these learn to read. */
const reading = {
  data: { learning: { kind: 'handwriting' }, alpha: 3 },
  training: { localSteps: 30, learningRate: 0.1, momentum: 0.5, batchSize: 16 },
  accuracy: 0.6,
} as const

function byzantine(attack: Attack, size: number): Promised {
  const { data, training, accuracy: promised } = attack === 'label-flip' ? reading : { data: {}, accuracy: 0.7 }
  const at = (breach: Omit<Breach, 'rule' | 'breaks'>, times: number) => {
    const { pipeline = ['adaptive-centering'], share = 0.2, alpha = 3, count = 10, round = quick } = breach
    const { accuracy = promised } = breach
    return scenario({
      untilSeconds: 28,
      population: [{ name: 'devices', count: count * times, msPerStep: { median: 60, spread: 1.2 } }],
      data: { alpha, ...data },
      attacks: [{ attack, share }],
      task: { round, aggregation: { pipeline: [...pipeline] }, ...(training === undefined ? {} : { training }) },
      promise: { rounds: 5, accuracy, honestRejected: 0, honestLeftOut: 0.1 },
    })
  }
  const { rule, breaks, ...breach }: Breach = breaches[attack]
  return {
    name: `a fifth of liars do not steer the model by ${attack}`,
    scenario: at({}, size),
    // A coalition of more liars than it takes is found out sooner, and does less harm.
    broken: { rule, scenario: at(breach, 1), ...(breaks === undefined ? {} : { breaks }) },
  }
}
