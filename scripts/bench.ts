/**
 * `npm run bench -- NAME [PART…]`: runs `tests/bench/NAME.ts`, prints a table, and writes `tests/bench/results/NAME.json`.
 * Of a bench that has parts, those named are measured and the figures of the others kept. Without a name it lists what there is.
 */
import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { BenchResult } from '../tests/bench/result.ts'

const folder = fileURLToPath(new URL('../tests/bench/', import.meta.url))
const names = (await readdir(folder))
  .filter((file) => file.endsWith('.ts') && file !== 'result.ts')
  .map((file) => file.slice(0, -3))
const [name, ...parts] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- ${names.join(' | ')}\n`)
  process.exit(2)
}

const { run } = (await import(`../tests/bench/${name}.ts`)) as {
  run(parts: readonly string[]): Promise<readonly BenchResult[]>
}
const results = await run(parts)
console.table(
  Object.fromEntries(
    results.map(({ name: row, value, unit, baseline, bar }) => [row, { value: rounded(value), unit, baseline, bar }]),
  ),
)
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
}
await mkdir(`${folder}results`, { recursive: true })
const file = `${folder}results/${name}.json`
const kept = parts.length === 0 ? [] : await otherResults(file)
await writeFile(file, `${JSON.stringify({ machine, commit, results: [...kept, ...results] }, null, 2)}\n`)
process.exit(0)

/** Figures of an earlier run on a machine like this one that were not measured now. */
async function otherResults(file: string): Promise<readonly BenchResult[]> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return []
  const before = JSON.parse(text) as { machine: typeof machine; commit: string; results: readonly BenchResult[] }
  if (JSON.stringify(before.machine) !== JSON.stringify(machine)) return []
  return before.results
    .filter(({ name }) => !results.some((result) => result.name === name))
    .map((result) => ({ commit: before.commit, ...result }))
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
