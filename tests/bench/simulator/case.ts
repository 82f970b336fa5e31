/** `node case.ts N|million`: one simulation in a process of its own; prints what it took as JSON. */
import { presetScenario, type Scenario, scenarioSchema, simulate } from '../../../simulator/index.ts'
import { renderReport } from '../../../simulator/report/index.ts'

export interface SimulatorCase {
  readonly peers: number
  readonly simulatedSeconds: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** resident, at the end */
  readonly megabytes: number
  readonly messages: number
  readonly messagesPerPeerRound: number
  readonly bytesPerPeerRound: number
  /** until 95 % of the peers have a commit, median */
  readonly spreadMs: number
  /** on the fullest seed's disk, in a round */
  readonly storedPerRound: number
  /** from a seed's crash to the next commit */
  readonly recoverySeconds: number
}

/** The same 24 seconds for every size: all arrive within eight, 16 train in a round, all follow; then a seed of four dies. */
function scenarioOf(peers: number): Scenario {
  return scenarioSchema.parse({
    untilSeconds: 24,
    seeds: { count: 4 },
    cohort: 16,
    population: [
      {
        name: 'devices',
        count: peers - 4,
        msPerStep: { median: 60, spread: 1.2 },
        arrive: { kind: 'at-start', withinSeconds: 8 },
      },
    ],
    faults: [{ kind: 'leave', atSeconds: 15, who: 'seed-0' }],
    task: { round: { deadlineMs: 8_000, fetchMs: 3_000 } },
  })
}

const [what = '100'] = process.argv.slice(2)
const scenario = what === 'million' ? presetScenario('million') : scenarioOf(Number(what))
const started = performance.now()
const { summary, tally } = await simulate({ scenario, seed: 1 })
if (what === 'million') await renderReport([tally])
const { user, system } = process.cpuUsage()
const measured: SimulatorCase = {
  peers: Number(what),
  simulatedSeconds: tally.until / 1_000,
  wallSeconds: (performance.now() - started) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  megabytes: process.memoryUsage.rss() / 1e6,
  messages: tally.samples.at(-1)?.messages ?? 0,
  messagesPerPeerRound: summary.messagesPerPeerRound,
  bytesPerPeerRound: summary.bytesPerPeerRound,
  spreadMs: summary.spreadMs ?? Number.NaN,
  storedPerRound: summary.storedBytes / Math.max(1, summary.rounds),
  recoverySeconds: summary.recoverySeconds ?? Number.NaN,
}
process.stdout.write(JSON.stringify(measured))
process.exit(0)
