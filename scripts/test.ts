/**
 * `npm test [-- FILTER…]`: format and lint, types, then every test; with a filter only the tests that match it. The last
 * line counts them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const filters = process.argv.slice(2)
let broken = 0

function run(name: string, args: readonly string[]): boolean {
  const started = Date.now()
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  process.stdout.write(`${status === 0 ? 'ok' : 'FAILED'}  ${name}  ${((Date.now() - started) / 1_000).toFixed(1)} s\n`)
  return status === 0
}

if (filters.length === 0) {
  if (!run('lint', [require.resolve('@biomejs/biome/bin/biome'), 'check', '.'])) broken++
  if (!run('types', [require.resolve('typescript/bin/tsc'), '--noEmit'])) broken++
}

const folder = mkdtempSync(join(tmpdir(), 'zen-test-'))
const report = join(folder, 'report.json')
const ran = run('tests', [
  join('node_modules', 'vitest', 'vitest.mjs'),
  'run',
  ...filters,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
])
let counts = { passed: 0, failed: 1, skipped: 0 }
try {
  const json = JSON.parse(readFileSync(report, 'utf8'))
  counts = {
    passed: json.numPassedTests,
    failed: json.numFailedTests,
    skipped: json.numPendingTests + json.numTodoTests,
  }
} catch {
  // No report: the runner itself failed, which counts as one failure.
}
rmSync(folder, { recursive: true, force: true })
// A file that fails to load fails no test of its own.
const failed = counts.failed + broken + (ran || counts.failed > 0 ? 0 : 1)
process.stdout.write(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`)
process.exit(failed === 0 ? 0 : 1)
