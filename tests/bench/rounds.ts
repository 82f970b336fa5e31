/**
 * A seed and eight headless contributors on one machine: what a round costs besides training, what a contribution weighs,
 * and the most memory the seed takes.
 *
 * `ms per round outside training` is the time from a commit to the next, less what the slowest contributor spent training
 * in it by its own clock. All nine processes share the machine, so it is an upper bound.
 */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endProcesses, isCommit, isReady, type ZenEvent, type ZenProcess, zen } from '../e2e/seed-process.ts'
import type { BenchResult } from './result.ts'

const contributors = 8
const warmUp = 3
const measured = 15

export async function run(): Promise<BenchResult[]> {
  const dir = await mkdtemp(join(tmpdir(), 'zen-bench-'))
  try {
    const task = join(dir, 'task.json')
    await writeFile(task, JSON.stringify({ data: { shards: contributors } }))
    const seed = zen('up', '--no-train', '--json', '--port', '0', '--dir', join(dir, 'seed'), '--task', task)
    const { multiaddrs } = await seed.until(isReady, 60_000)
    const joined = Array.from({ length: contributors }, () => zen('join', (multiaddrs as string[])[0]!, '--json'))
    const all = (event: ZenEvent) => event.event === 'commit' && event.contributors === contributors
    const first = await seed.until(all, 180_000)
    const start = Number(first.round) + warmUp
    await seed.until(isCommit(start + measured), 300_000)

    const commits = seed.events.filter((event) => all(event) && Number(event.round) > start)
    const outside = commits.map((commit) => Number(commit.ms) - slowestTraining(joined, Number(commit.round)))
    const bytes = commits.map((commit) => Number(commit.bytes) / contributors)
    const memory = peakMemoryMiB(seed)
    return [
      { name: 'round', value: median(commits.map((commit) => Number(commit.ms))), unit: 'ms' },
      { name: 'round outside training', value: median(outside), unit: 'ms' },
      { name: 'contribution', value: median(bytes), unit: 'bytes' },
      { name: 'seed peak memory', value: memory, unit: 'MiB' },
    ]
  } finally {
    await endProcesses()
    await rm(dir, { recursive: true, force: true })
  }
}

/** From when a contributor began to train for the round until it had published, the longest of all. */
function slowestTraining(processes: readonly ZenProcess[], round: number): number {
  const times = processes.map(({ events }) => {
    const trained = events.find((event) => event.event === 'trained' && event.round === round)
    return Number(trained?.ms ?? 0)
  })
  return Math.max(...times)
}

/** `VmHWM` of Linux. */
function peakMemoryMiB({ process }: ZenProcess): number {
  const status = readFileSync(`/proc/${process.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
