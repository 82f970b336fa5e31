/**
 * The simulator itself: how much network it plays in a second, what a peer costs in memory, and how a peer's messages, bytes,
 * the spread of a commit, storage and recovery grow with the number of peers: the slope of a least-squares line on log axes.
 * What a peer sends in a round may grow as `log N` does, and no faster: the bar of its slope is that of `log N` itself, by
 * the same fit over the same sizes. Each size in a process of its own; on a machine that does other work as well, figures per
 * second of CPU are the ones to compare.
 *
 * `ZEN_SIMULATOR_SIZES` names other sizes; `ZEN_SIMULATOR_MILLION=0` leaves the million out.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { growthOf } from '../../simulator/index.ts'
import type { BenchResult } from './result.ts'
import type { SimulatorCase } from './simulator/case.ts'

const sizes = (process.env.ZEN_SIMULATOR_SIZES ?? '100,300,1000,10000').split(',').map(Number)
const million = process.env.ZEN_SIMULATOR_MILLION !== '0'
const child = fileURLToPath(new URL('./simulator/case.ts', import.meta.url))

/** What a peer sends may grow as log N does. */
const heldToLog = ['messages per peer and round', 'bytes per peer and round']

/** Few large collections of what is short-lived, and room for ten thousand peers. */
const nodeFlags = ['--max-semi-space-size=64', '--max-old-space-size=12000']

export async function run(): Promise<BenchResult[]> {
  const cases: SimulatorCase[] = []
  const results: BenchResult[] = []
  for (const peers of sizes) {
    const measured = await measure(String(peers))
    cases.push(measured)
    const { messages, simulatedSeconds, wallSeconds, cpuSeconds, megabytes } = measured
    const add = (what: string, value: number, unit: string) => {
      results.push({ name: `${peers} peers ${what}`, value, unit })
    }
    add('simulated', simulatedSeconds, 's')
    add('CPU', cpuSeconds, 's')
    add('simulated seconds per second', simulatedSeconds / wallSeconds, '')
    add('simulated seconds per second of CPU', simulatedSeconds / cpuSeconds, '')
    add('messages per second', messages / wallSeconds, '/s')
    add('messages per second of CPU', messages / cpuSeconds, '/s')
    add('memory per peer', megabytes / peers, 'MB')
    add('messages per arrival', measured.messagesPerArrival, '')
  }
  for (const { name, unit, points, slope, logN } of growthOf(cases.flatMap(({ growth }) => growth ?? []))) {
    for (const [peers, value] of points) results.push({ name: `${peers} peers ${name}`, value, unit })
    const bar = heldToLog.includes(name) ? { bar: logN } : {}
    results.push({ name: `slope of ${name}`, value: slope, unit: '', ...bar })
  }
  if (million) {
    const measured = await measure('million')
    results.push(
      { name: 'million wall', value: measured.wallSeconds, unit: 's', bar: 600 },
      { name: 'million CPU', value: measured.cpuSeconds, unit: 's' },
      { name: 'million memory', value: measured.megabytes / 1_000, unit: 'GB', bar: 8 },
      { name: 'million commit reaches 95 %', value: measured.spreadMs, unit: 'ms' },
    )
  }
  return results
}

async function measure(what: string): Promise<SimulatorCase> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, child, what])
  process.stderr.write(`${stdout}\n`)
  return JSON.parse(stdout) as SimulatorCase
}
