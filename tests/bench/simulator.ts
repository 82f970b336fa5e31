/**
 * The simulator itself: how much network it plays in a second, what a peer costs in memory, and how a peer's messages, bytes,
 * the spread of a commit, storage and recovery grow with the number of peers: the slope of a least-squares line on log axes.
 * What a peer sends in a round may grow as `log N` does, and no faster: the bar of its slope is that of `log N` itself, by
 * the same fit over the same sizes. Each size in a process of its own; on a machine that does other work as well, figures per
 * second of CPU are the ones to compare.
 *
 * `npm run bench -- simulator 300 10000 million` measures these; slopes go through the sizes of earlier runs as well, for what
 * a network of one size sends is the same on every machine.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type GrowthPoint, growthMeasures, growthOf } from '../../simulator/index.ts'
import type { BenchResult } from './result.ts'
import type { SimulatorCase } from './simulator/case.ts'
import { sizes } from './simulator/scenario.ts'

const child = fileURLToPath(new URL('./simulator/case.ts', import.meta.url))
const results = new URL('./results/simulator.json', import.meta.url)

/** What a peer sends may grow as log N does. */
const heldToLog = ['messages per peer and round', 'bytes per peer and round']

/** Few large collections of what is short-lived, and room for ten thousand peers. */
const nodeFlags = ['--max-semi-space-size=64', '--max-old-space-size=12000']

type SomeOfPoint = Partial<GrowthPoint> & Pick<GrowthPoint, 'peers'>

/** @param parts - sizes, or `million`; all when none is named */
export async function run(parts: readonly string[] = []): Promise<BenchResult[]> {
  const points: SomeOfPoint[] = []
  const measured: BenchResult[] = []
  for (const part of parts.length === 0 ? [...sizes.map(String), 'million'] : parts) {
    if (part === 'million') measured.push(...(await measureMillion()))
    else {
      const { growth, rows } = await measureSize(part)
      if (growth !== undefined) points.push(growth)
      measured.push(...rows)
    }
  }
  if (points.length === 0) return measured
  const earlier = parts.length === 0 ? [] : await earlierPoints(points.map(({ peers }) => peers))
  const inOrder = [...earlier, ...points].sort((a, b) => a.peers - b.peers)
  for (const { name, slope, logN } of growthOf(inOrder)) {
    measured.push({
      name: `slope of ${name}`,
      value: slope,
      unit: '',
      ...(heldToLog.includes(name) ? { bar: logN } : {}),
    })
  }
  return measured
}

async function measureSize(size: string): Promise<{ growth: GrowthPoint | undefined; rows: BenchResult[] }> {
  const { growth, ...one } = await measure(size)
  const { messages, simulatedSeconds, wallSeconds, cpuSeconds, megabytes } = one
  const peers = Number(size)
  const row = (what: string, value: number, unit: string) => ({ name: `${peers} peers ${what}`, value, unit })
  const grows = growthMeasures.flatMap(({ of, name, unit }) => {
    const value = growth?.[of]
    return value === undefined ? [] : [row(name, value, unit)]
  })
  const rows = [
    row('simulated', simulatedSeconds, 's'),
    row('CPU', cpuSeconds, 's'),
    row('simulated seconds per second', simulatedSeconds / wallSeconds, ''),
    row('simulated seconds per second of CPU', simulatedSeconds / cpuSeconds, ''),
    row('messages per second', messages / wallSeconds, '/s'),
    row('messages per second of CPU', messages / cpuSeconds, '/s'),
    row('memory per peer', megabytes / peers, 'MB'),
    row('messages per arrival', one.messagesPerArrival, ''),
    ...grows,
  ]
  return { growth, rows }
}

async function measureMillion(): Promise<BenchResult[]> {
  const { wallSeconds, cpuSeconds, megabytes, spreadMs } = await measure('million')
  return [
    { name: 'million wall', value: wallSeconds, unit: 's', bar: 600 },
    { name: 'million CPU', value: cpuSeconds, unit: 's' },
    { name: 'million memory', value: megabytes / 1_000, unit: 'GB', bar: 8 },
    { name: 'million commit reaches 95 %', value: spreadMs, unit: 'ms' },
  ]
}

/** Points of the curves that were measured before, of other sizes. */
async function earlierPoints(measured: readonly number[]): Promise<SomeOfPoint[]> {
  const text = await readFile(results, 'utf8').catch(() => '{"results":[]}')
  const rows = (JSON.parse(text) as { results: readonly BenchResult[] }).results
  return sizes
    .map(Number)
    .filter((peers) => !measured.includes(peers))
    .map((peers) => {
      const known = growthMeasures.flatMap(({ of, name }) => {
        const row = rows.find((one) => one.name === `${peers} peers ${name}`)
        return row === undefined ? [] : [[of, row.value] as const]
      })
      return { peers, ...Object.fromEntries(known) }
    })
}

async function measure(what: string): Promise<SimulatorCase> {
  const { stdout } = await promisify(execFile)(process.execPath, [...nodeFlags, child, what])
  process.stderr.write(`${stdout}\n`)
  return JSON.parse(stdout) as SimulatorCase
}
