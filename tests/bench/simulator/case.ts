/** `node case.ts N|million`: one simulation in a process of its own; prints what it took as JSON. */
import { type GrowthPoint, growthPoint, presetScenario, sentAt, simulate } from '../../../simulator/index.ts'
import { renderReport } from '../../../simulator/report/index.ts'
import { arriveWithinSeconds, scenarioOf } from './scenario.ts'

export interface SimulatorCase {
  readonly simulatedSeconds: number
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** resident, at the end */
  readonly megabytes: number
  readonly messages: number
  /** sent in all for each that came, until all had come */
  readonly messagesPerArrival: number
  /** until 95 % of the peers have a commit, median of all rounds, ms */
  readonly spreadMs: number
  /** not of the million, most of whom are modelled */
  readonly growth?: GrowthPoint
}

const [what = '100'] = process.argv.slice(2)
const scenario = what === 'million' ? presetScenario('million') : scenarioOf(Number(what))
const started = performance.now()
const { summary, tally, broken } = await simulate({ scenario, seed: 1 })
if (broken.length > 0) throw new Error(`${what}: ${broken.join('; ')}`)
if (what === 'million') await renderReport([tally])
const { user, system } = process.cpuUsage()
const growth = what === 'million' ? undefined : growthPoint(tally)
if (growth === undefined && what !== 'million')
  throw new Error(`${what}: no two commits between the last arrival and the crash`)
const measured: SimulatorCase = {
  simulatedSeconds: tally.until / 1_000,
  wallSeconds: (performance.now() - started) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  megabytes: process.memoryUsage.rss() / 1e6,
  messages: tally.samples.at(-1)?.messages ?? 0,
  messagesPerArrival: sentAt(tally, 1_000 * arriveWithinSeconds).messages / summary.present,
  spreadMs: summary.spreadMs ?? Number.NaN,
  ...(growth === undefined ? {} : { growth }),
}
process.stdout.write(JSON.stringify(measured))
process.exit(0)
