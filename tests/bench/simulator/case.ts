/** `node case.ts N|million`: one simulation in a process of its own; prints what it took as JSON. */
import { presetScenario, type Scenario, scenarioSchema, simulate, type Tally } from '../../../simulator/index.ts'
import { renderReport } from '../../../simulator/report/index.ts'

export interface SimulatorCase {
  readonly peers: number
  readonly simulatedSeconds: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** resident, at the end */
  readonly megabytes: number
  readonly messages: number
  /** while nobody comes or goes */
  readonly messagesPerPeerRound: number
  readonly bytesPerPeerRound: number
  /** sent in all for each that came, until all had come */
  readonly messagesPerArrival: number
  /** until 95 % of the peers have a commit, median */
  readonly spreadMs: number
  /** on the fullest seed's disk, in a round */
  readonly storedPerRound: number
  /** from one commit to the next, the longest after a seed's crash; `null` where it was not played */
  readonly recoverySeconds: number | null
}

const arriveWithinSeconds = 6
const crashAtSeconds = 12
const untilSeconds = 30
/** Ten thousand are played up to the crash: what follows costs as much as what went before. */
const mostWithCrash = 3_000

/** The same for every size: all arrive within six seconds, 16 train in a round, all follow; then a seed of four dies. */
function scenarioOf(peers: number): Scenario {
  return scenarioSchema.parse({
    untilSeconds: peers > mostWithCrash ? crashAtSeconds : untilSeconds,
    seeds: { count: 4 },
    cohort: 16,
    population: [
      {
        name: 'devices',
        count: peers - 4,
        msPerStep: { median: 30, spread: 1.2 },
        arrive: { kind: 'at-start', withinSeconds: arriveWithinSeconds },
      },
    ],
    faults: [{ kind: 'leave', atSeconds: crashAtSeconds, who: 'seed-0' }],
    task: { round: { deadlineMs: 5_000, fetchMs: 1_500 } },
    sampleSeconds: 0.5,
  })
}

/** What all peers had sent at a time, between the samples around it. */
function sentAt({ samples }: Tally, t: number): { messages: number; bytes: number } {
  const after = samples.findIndex((sample) => sample.t >= t)
  const [a, b] = [samples[after - 1] ?? { t: 0, messages: 0, bytes: 0 }, samples[after]!]
  const share = (t - a.t) / (b.t - a.t)
  return { messages: a.messages + share * (b.messages - a.messages), bytes: a.bytes + share * (b.bytes - a.bytes) }
}

/** Whole rounds in which nobody came or went. */
function steady(tally: Tally) {
  const rounds = tally.rounds.filter(({ at }) => at > 1_000 * arriveWithinSeconds && at < 1_000 * crashAtSeconds)
  const [first, last] = [rounds[0], rounds.at(-1)]
  if (first === undefined || last === undefined || first === last)
    throw new Error('no round without arrivals was played')
  const [from, to] = [sentAt(tally, first.at), sentAt(tally, last.at)]
  const peerRounds = (rounds.length - 1) * tally.samples.at(-1)!.present
  const spreads = rounds.flatMap(({ spread }) => spread?.p95 ?? []).sort((a, b) => a - b)
  return {
    messagesPerPeerRound: (to.messages - from.messages) / peerRounds,
    bytesPerPeerRound: (to.bytes - from.bytes) / peerRounds,
    spreadMs: spreads[spreads.length >> 1]!,
  }
}

function longestAfterCrash({ rounds, until }: Tally): number | null {
  const crash = 1_000 * crashAtSeconds
  if (until <= crash) return null
  const after = rounds.filter(({ at }) => at > crash)
  return Math.max(until - (after.at(-1)?.at ?? 0), ...after.map(({ ms }) => ms)) / 1_000
}

const [what = '100'] = process.argv.slice(2)
const scenario = what === 'million' ? presetScenario('million') : scenarioOf(Number(what))
const started = performance.now()
const { summary, tally, broken } = await simulate({ scenario, seed: 1 })
if (broken.length > 0) throw new Error(`${what}: ${broken.join('; ')}`)
if (what === 'million') await renderReport([tally])
const { user, system } = process.cpuUsage()
const { messagesPerPeerRound, bytesPerPeerRound, spreadMs = Number.NaN } = what === 'million' ? summary : steady(tally)
const measured: SimulatorCase = {
  peers: what === 'million' ? summary.present : Number(what),
  simulatedSeconds: tally.until / 1_000,
  wallSeconds: (performance.now() - started) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  megabytes: process.memoryUsage.rss() / 1e6,
  messages: tally.samples.at(-1)?.messages ?? 0,
  messagesPerPeerRound,
  bytesPerPeerRound,
  messagesPerArrival: sentAt(tally, 1_000 * arriveWithinSeconds).messages / summary.present,
  spreadMs,
  storedPerRound: summary.storedBytes / Math.max(1, summary.rounds),
  recoverySeconds: what === 'million' ? (summary.recoverySeconds ?? null) : longestAfterCrash(tally),
}
process.stdout.write(JSON.stringify(measured))
process.exit(0)
