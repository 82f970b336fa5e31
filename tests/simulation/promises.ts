/**
 * What a mesh must survive, each with its promise and with a rule whose breach the promise must notice. `size` 1 is what
 * `npm test` has time for; `npm run check -- simulation` plays some seeds twice as large.
 */
import { attacks } from '../../peer-core/aggregation/attacks/index.ts'
import { type Scenario, type ScenarioInput, type SimulateOptions, scenarioSchema } from '../../simulator/index.ts'

export interface Promised {
  readonly name: string
  readonly scenario: Scenario
  /** The same with one rule broken: it must not keep the promise. */
  readonly broken: { readonly rule: string; readonly scenario: Scenario; readonly breaks?: SimulateOptions['breaks'] }
}

export function promises(size: number): readonly Promised[] {
  return [
    leaving(size),
    slow(size),
    partition(size),
    seedsOneAfterAnother(size),
    seedsAtOnce(size),
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
    promise: { rounds: 12, recoverySeconds: 12, followedShare: 1 },
  })
  return {
    name: 'a minute of partition leaves one chain, and the cut-off part catches up',
    scenario: there,
    broken: { rule: 'who missed commits is told them', scenario: there, breaks: ['sync'] },
  }
}

/** Each seed of four dies, and comes back before the next one goes. */
function seedsOneAfterAnother(size: number): Promised {
  const at = (returns: { returnAfterSeconds?: number }) =>
    scenario({
      untilSeconds: 90,
      seeds: { count: 4 },
      population: [{ name: 'devices', count: 4 * size, msPerStep: { median: 60, spread: 1.2 } }],
      faults: [{ kind: 'leave', atSeconds: 12, who: 'seeds', everySeconds: 16, ...returns }],
      task: { round: quick },
      promise: { rounds: 8, recoverySeconds: 20 },
    })
  return {
    name: 'seeds dying one after another stop nothing for long',
    scenario: at({ returnAfterSeconds: 12 }),
    broken: { rule: 'more than two thirds of the seeds are there', scenario: at({}) },
  }
}

/** The only seed dies, and comes back. */
function seedsAtOnce(size: number): Promised {
  const there = scenario({
    untilSeconds: 70,
    population: [{ name: 'devices', count: 5 * size, msPerStep: { median: 60, spread: 1.2 } }],
    faults: [{ kind: 'leave', atSeconds: 20, who: 'seeds', returnAfterSeconds: 15 }],
    task: { round: quick },
    promise: { rounds: 6, recoverySeconds: 15, followedShare: 1 },
  })
  return {
    name: 'all seeds dying at once and coming back loses no commit',
    scenario: there,
    broken: { rule: 'what was committed is kept by somebody', scenario: there, breaks: ['storage', 'sync'] },
  }
}

type AttackName = keyof typeof attacks
const byzantineAttacks = Object.keys(attacks) as AttackName[]

/**
 * What each attack's promise hangs on. Only a robust rule withstands the crudest; more liars than honest peers steer any
 * rule, and some do with fewer; what hides among honest deltas, or copies one, hurts much only where honest data are unlike
 * as well; and what is refused on arrival does harm only where it leaves hardly anybody's work.
 */
const breaches: Record<AttackName, Breach> = {
  scaled: { rule: 'aggregation is robust', pipeline: ['mean'] },
  'sign-flip': { rule: 'fewer than half lie', share: 0.6 },
  'bit-flip': { rule: 'fewer than half lie', share: 0.6 },
  ipm: { rule: 'fewer than half lie', share: 0.6 },
  gaussian: { rule: 'fewer than half lie', share: 0.8 },
  sybils: { rule: 'fewer than half lie', share: 0.6 },
  'optimal-ipm': { rule: 'no more lie than the rule withstands, and honest data are alike', share: 0.4, alpha: 0.1 },
  'optimal-alie': { rule: 'no more lie than the rule withstands, and honest data are alike', share: 0.4, alpha: 0.1 },
  alie: { rule: 'fewer than half lie, and honest data are alike', share: 0.6, alpha: 0.02 },
  mimic: { rule: 'fewer than half lie, and honest data are alike', share: 0.6, alpha: 0.02 },
  infinite: { rule: 'honest work of more than one kind of data comes', share: 0.9, alpha: 0.1 },
  nan: { rule: 'honest work of more than one kind of data comes', share: 0.9, alpha: 0.1 },
}

interface Breach {
  readonly rule: string
  readonly pipeline?: readonly string[]
  readonly share?: number
  readonly alpha?: number
}

function byzantine(attack: AttackName, size: number): Promised {
  const at = ({ pipeline = ['adaptive-centering'], share = 0.2, alpha = 3 }: Omit<Breach, 'rule'>) =>
    scenario({
      untilSeconds: 28,
      population: [{ name: 'devices', count: 10 * size, msPerStep: { median: 60, spread: 1.2 } }],
      data: { alpha },
      attacks: [{ attack, share }],
      task: { round: quick, aggregation: { pipeline: [...pipeline] } },
      promise: { rounds: 5, accuracy: 0.7, honestRejected: 0 },
    })
  const { rule, ...breach } = breaches[attack]
  return {
    name: `a fifth of liars do not steer the model by ${attack}`,
    scenario: at({}),
    broken: { rule, scenario: at(breach) },
  }
}
