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
const usage = `usage: npm run check -- ${names.join(' | ')} [--runs N] [--minutes M] [--seed S]\n`

/** @throws {TypeError} of an option that there is not, or a value that is none */
function asked() {
  const options = { runs: { type: 'string' }, minutes: { type: 'string' }, seed: { type: 'string' } } as const
  const { positionals, values } = parseArgs({ allowPositionals: true, options })
  const [name] = positionals
  if (name === undefined) throw new TypeError('which check?')
  if (!names.includes(name)) throw new TypeError(`no check is named ${name}`)
  const numbers = Object.entries(values).map(([option, text]) => {
    const value = text === '' ? Number.NaN : Number(text)
    const least = option === 'runs' ? 1 : 0
    const isUsable = option === 'minutes' ? value > 0 : Number.isSafeInteger(value) && value >= least
    const expected = option === 'minutes' ? 'minutes' : `a whole number from ${least}`
    if (!isUsable) throw new TypeError(`--${option}: "${text}"; expected ${expected}`)
    return [option, value] as const
  })
  return { name, numbers: Object.fromEntries(numbers) }
}

let wanted: ReturnType<typeof asked>
try {
  wanted = asked()
} catch (error) {
  process.stderr.write(`${(error as Error).message.split('\n')[0]}\n${usage}`)
  process.exit(2)
}
const { name, numbers } = wanted
const { run } = (await import(`../tests/checks/${name}.ts`)) as {
  run(options: { runs?: number; minutes?: number; seed?: number }): Promise<CheckResult>
}
const { passed, failed } = await run(numbers)
for (const failure of failed) {
  process.stdout.write(`FAILED  ${failure.reason}\n  again: npm run check -- ${name} --seed ${failure.seed}\n`)
}
process.stdout.write(`${passed} passed, ${failed.length} failed\n`)
process.exit(failed.length === 0 ? 0 : 1)
