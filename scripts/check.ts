/**
 * `npm run check -- NAME [--runs N] [--minutes M] [--seed S]`: a long check of `tests/checks/NAME.ts`. Prints the seed of
 * what failed, which replays it, and exits 1.
 */
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

interface CheckResult {
  readonly passed: number
  readonly failed: readonly { readonly seed: number; readonly reason: string }[]
}

const folder = fileURLToPath(new URL('../tests/checks/', import.meta.url))
const names = (await readdir(folder)).filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -3))
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } },
})
const [name] = positionals
const whole = (text: string | undefined) => (text === undefined ? undefined : Number(text))
const [runs, seed] = [whole(values.runs), whole(values.seed)]
const minutes = whole(values.minutes)
const isWhole = [runs, seed].every((value) => value === undefined || Number.isSafeInteger(value))
const usable = isWhole && (minutes === undefined || minutes > 0)
if (name === undefined || !names.includes(name) || !usable) {
  process.stderr.write(`usage: npm run check -- ${names.join(' | ')} [--runs N] [--minutes M] [--seed S]\n`)
  process.exit(2)
}

const { run } = (await import(`../tests/checks/${name}.ts`)) as {
  run(options: { runs?: number; minutes?: number; seed?: number }): Promise<CheckResult>
}
const { passed, failed } = await run({
  ...(runs === undefined ? {} : { runs }),
  ...(minutes === undefined ? {} : { minutes }),
  ...(seed === undefined ? {} : { seed }),
})
for (const failure of failed) {
  process.stdout.write(`FAILED  ${failure.reason}\n  again: npm run check -- ${name} --seed ${failure.seed}\n`)
}
process.stdout.write(`${passed} passed, ${failed.length} failed\n`)
process.exit(failed.length === 0 ? 0 : 1)
