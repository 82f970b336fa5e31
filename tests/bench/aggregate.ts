/**
 * Aggregation in time and memory, in Node and in a dedicated worker of Chromium: the fast path, with plain TypeScript and naive TF.js
 * beside it in the same run.
 *
 * Names: `WORLD RULE NxD` is the fast path in ms (median), its `baseline` plain TypeScript; `… memory` the peak of the process in MB, rows
 * included; `… per number` ns per coordinate and contribution; `… tfjs` naive TF.js in ms. `WORLD fresh D` is what the machine takes in ms for
 * a new array of d numbers, which is in every figure: where pages are dear it is most of the small ones. From 64 million numbers on rows are streamed.
 * Baselines of larger cases are measured on fewer coordinates and scaled: both are linear in d.
 *
 * Parts: the rules' names.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Case, Measured, RuleName } from './aggregate/cases.ts'
import { openChromium } from './aggregate/chromium.ts'
import type { BenchResult } from './result.ts'

type World = 'node' | 'chromium'
type Measure = (given: Case) => Promise<Measured & { readonly megabytes?: number }>

type Shape = readonly [rows: number, dimension: number]

const dimensions = [100_000, 1_000_000, 10_000_000]
const all: readonly Shape[] = [10, 32, 100].flatMap((rows) => dimensions.map((dimension) => [rows, dimension] as const))
const shapes: Record<RuleName, readonly Shape[]> = {
  mean: all,
  'centered-clipping': all,
  default: all,
  mixed: [[32, 1_000_000]],
}
const rules = Object.keys(shapes) as RuleName[]
const STREAM_FROM = 64_000_000

/** Most coordinates of a baseline: plain TypeScript and TF.js take seconds where the fast path takes milliseconds. */
const baselineNumbers: Record<'plain' | 'tfjs', Record<RuleName, number>> = {
  plain: { mean: 32_000_000, 'centered-clipping': 32_000_000, default: 10_000_000, mixed: 10_000_000 },
  tfjs: { mean: 10_000_000, 'centered-clipping': 10_000_000, default: 10_000_000, mixed: 1_000_000 },
}

/** In the text of what was asked: `default` and memory in Chromium, the cheap rules wherever they run. */
const bars: Readonly<Record<string, number>> = {
  'chromium default 32x1000000': 500,
  'chromium default 32x1000000 memory': 400,
  'node mean 10x1000000': 25,
  'chromium mean 10x1000000': 25,
  'node centered-clipping 10x1000000': 45,
  'chromium centered-clipping 10x1000000': 45,
}

export async function run(parts: readonly string[] = []): Promise<BenchResult[]> {
  const unknown = parts.find((part) => !Object.hasOwn(shapes, part))
  if (unknown !== undefined) throw new Error(`no rule named ${unknown} is measured; there are ${rules.join(', ')}`)
  const measured = rules.filter((rule) => parts.length === 0 || parts.includes(rule))
  const chromium = await openChromium()
  try {
    return [
      ...(await measureWorld('node', measured, measureInNode)),
      ...(await measureWorld('chromium', measured, chromium.measure)),
    ]
  } finally {
    await chromium.close()
  }
}

async function measureWorld(world: World, measured: readonly RuleName[], measure: Measure): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const dimension of dimensions) {
    const { ms } = await measure({ rule: 'mean', engine: 'fresh', rows: 0, dimension })
    results.push(figure(`${world} fresh ${dimension}`, ms, 'ms'))
  }
  for (const rule of measured) {
    for (const [rows, dimension] of shapes[rule]) {
      const name = `${world} ${rule} ${rows}x${dimension}`
      process.stderr.write(`${name}\n`)
      const numbers = rows * dimension
      const fast = await measure({ rule, engine: 'fast', rows, dimension, streaming: numbers >= STREAM_FROM })
      const plain = await baseline(measure, { rule, engine: 'plain', rows, dimension })
      const tfjs = await baseline(measure, { rule, engine: 'tfjs', rows, dimension })
      results.push(
        figure(name, fast.ms, 'ms', plain),
        figure(`${name} per number`, (fast.ms * 1e6) / numbers, 'ns', (plain * 1e6) / numbers),
        figure(`${name} tfjs`, tfjs, 'ms'),
      )
      if (fast.megabytes !== undefined) results.push(figure(`${name} memory`, fast.megabytes, 'MB'))
    }
  }
  return results
}

function figure(name: string, value: number, unit: string, baseline?: number): BenchResult {
  const bar = bars[name]
  return {
    name,
    value: rounded(value),
    unit,
    ...(baseline !== undefined && { baseline: rounded(baseline) }),
    ...(bar !== undefined && { bar }),
  }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

/** Time for the whole case, from as many coordinates as can be waited for. */
async function baseline(measure: Measure, given: Case & { engine: 'plain' | 'tfjs' }): Promise<number> {
  const most = Math.floor(baselineNumbers[given.engine][given.rule] / given.rows)
  const dimension = Math.min(given.dimension, most)
  const { ms } = await measure({ ...given, dimension })
  return (ms * given.dimension) / dimension
}

const nodeCase = fileURLToPath(new URL('aggregate/node-case.ts', import.meta.url))

async function measureInNode(given: Case): Promise<Measured & { megabytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [nodeCase, JSON.stringify(given)])
  return JSON.parse(stdout)
}
