/**
 * The simulator itself: how much network it plays in a real second, what a peer costs in memory, and how a peer's messages,
 * bytes, the spread of a commit, storage and recovery grow with the number of peers: the slope of a least-squares line on
 * log axes. Each size in a process of its own.
 *
 * `ZEN_SIMULATOR_SIZES` names other sizes than 100, 1,000 and 10,000; `ZEN_SIMULATOR_MILLION=0` leaves the million out.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchResult } from './result.ts'
import type { SimulatorCase } from './simulator/case.ts'

const sizes = (process.env.ZEN_SIMULATOR_SIZES ?? '100,1000,10000').split(',').map(Number)
const million = process.env.ZEN_SIMULATOR_MILLION !== '0'
const child = fileURLToPath(new URL('./simulator/case.ts', import.meta.url))

/** What is fitted against the number of peers; `log N` itself has a slope of 0.15 from 100 to 10,000. */
const grows: Record<string, (one: SimulatorCase) => number> = {
  'messages per peer and round': (one) => one.messagesPerPeerRound,
  'bytes per peer and round': (one) => one.bytesPerPeerRound,
  'commit reaches 95 %': (one) => one.spreadMs,
  'stored by a seed in a round': (one) => one.storedPerRound,
  "recovery from a seed's crash": (one) => one.recoverySeconds,
}

/** Few large collections of what is short-lived, and room for ten thousand peers. */
const nodeFlags = ['--max-semi-space-size=64', '--max-old-space-size=9000']

export async function run(): Promise<BenchResult[]> {
  const cases: SimulatorCase[] = []
  const results: BenchResult[] = []
  for (const peers of sizes) {
    const measured = await measure(String(peers))
    cases.push(measured)
    const name = `${peers} peers`
    results.push(
      {
        name: `${name} simulated seconds per second`,
        value: measured.simulatedSeconds / measured.wallSeconds,
        unit: '',
      },
      { name: `${name} messages per second`, value: measured.messages / measured.wallSeconds, unit: '/s' },
      { name: `${name} messages per second of CPU`, value: measured.messages / measured.cpuSeconds, unit: '/s' },
      { name: `${name} memory per peer`, value: measured.megabytes / peers, unit: 'MB' },
      { name: `${name} messages per peer and round`, value: measured.messagesPerPeerRound, unit: '' },
      { name: `${name} bytes per peer and round`, value: measured.bytesPerPeerRound, unit: 'bytes' },
      { name: `${name} commit reaches 95 %`, value: measured.spreadMs, unit: 'ms' },
      { name: `${name} stored by a seed in a round`, value: measured.storedPerRound, unit: 'bytes' },
      { name: `${name} recovery from a seed's crash`, value: measured.recoverySeconds, unit: 's' },
    )
  }
  for (const [what, value] of Object.entries(grows)) {
    results.push({ name: `slope of ${what}`, value: slope(cases, value), unit: '' })
  }
  if (million) {
    const measured = await measure('million')
    results.push(
      { name: 'million wall', value: measured.wallSeconds, unit: 's', bar: 600 },
      { name: 'million CPU', value: measured.cpuSeconds, unit: 's' },
      { name: 'million memory', value: measured.megabytes / 1_000, unit: 'GB', bar: 8 },
    )
  }
  return results
}

async function measure(what: string): Promise<SimulatorCase> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, child, what])
  return JSON.parse(stdout) as SimulatorCase
}

/** Of log y against log N. */
function slope(cases: readonly SimulatorCase[], value: (one: SimulatorCase) => number): number {
  const xs = cases.map(({ peers }) => Math.log(peers))
  const ys = cases.map((one) => Math.log(value(one)))
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const along = xs.reduce((sum, one, i) => sum + (one - x) * (ys[i]! - y), 0)
  return along / xs.reduce((sum, one) => sum + (one - x) ** 2, 0)
}
