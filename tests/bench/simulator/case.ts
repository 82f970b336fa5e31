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
  readonly spreadMs: number
}

/** The same 40 seconds for every size: 16 of them train in a round, all follow. */
function scenarioOf(peers: number): Scenario {
  return scenarioSchema.parse({
    untilSeconds: 40,
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
}
process.stdout.write(JSON.stringify(measured))
process.exit(0)
