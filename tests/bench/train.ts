/**
 * Training in time: one step on one thread, in Node and in a dedicated worker of Chromium, our `wasm` engine with TF.js on
 * `wasm` and on `cpu` beside it in the same run. `mlp` and `cnn` take 32 images of 28 × 28, `resnet8` 32 of CIFAR's shape,
 * `gpt-nano` 8 texts of 128 characters.
 *
 * Names: `WORLD ENGINE MODEL` is the median of a step in ms, its `baseline` that of `tfjs-cpu`; `… best` the quickest
 * sample, which tells more on a busy machine; `… rate` the median in GFLOP/s as a textbook counts a step; `… training` a step of `Trainer.train`, which makes batches and can be cancelled;
 * `… speedup` how many times that is `tfjs-cpu`; `… ceiling` the rate of the bare product on numbers in the first cache, in the
 * same process a moment later: the machine's own; `… growth` what the process or the worker holds more after 1,000 steps;
 * `wasm MODEL same bits` is 1 where Node and Chromium came to the same weights to the bit.
 *
 * `npm run bench -- train cnn` measures that model only and leaves the others' figures as they were.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BenchResult } from './result.ts'
import { type Case, type EngineCase, flopsOf, type Measured, type MeasuredPreset, workloads } from './train/cases.ts'
import { openChromium } from './train/chromium.ts'

const presets = Object.keys(workloads) as readonly MeasuredPreset[]
const engines: readonly EngineCase[] = ['tfjs-cpu', 'tfjs-wasm', 'wasm-exact', 'wasm']

/** Twice what PyTorch took on one thread; GFLOP/s; times TF.js's `cpu`. */
const bars: Readonly<Record<string, number>> = {
  'chromium wasm mlp': 0.5,
  'chromium wasm cnn': 6,
  'chromium wasm cnn speedup': 700,
  'chromium wasm resnet8 rate': 20,
  'chromium wasm resnet8 speedup': 100,
  'chromium wasm gpt-nano rate': 20,
  'chromium wasm gpt-nano speedup': 100,
  // A single array of activations kept a step would be a hundred times that.
  'node wasm mlp growth': 0.5,
  'node wasm cnn growth': 0.5,
  'node wasm resnet8 growth': 0.5,
  'node wasm gpt-nano growth': 0.5,
  'chromium wasm mlp growth': 0.5,
  'chromium wasm cnn growth': 0.5,
  'chromium wasm resnet8 growth': 0.5,
  'chromium wasm gpt-nano growth': 0.5,
}

/** @param only - models to measure; all when none is named */
export async function run(only: readonly string[] = []): Promise<BenchResult[]> {
  const unknown = only.find((name) => !Object.hasOwn(workloads, name))
  if (unknown !== undefined) throw new Error(`no model named ${unknown} is measured; there are ${presets.join(', ')}`)
  const results: BenchResult[] = []
  const chromium = await openChromium<Case, Measured>(new URL('train/', import.meta.url))
  try {
    for (const preset of presets.filter((name) => only.length === 0 || only.includes(name))) {
      const node = await measureWorld('node', preset, measureInNode)
      const browser = await measureWorld('chromium', preset, chromium.measure)
      const same = node.digest === browser.digest ? 1 : 0
      results.push(...node.results, ...browser.results)
      results.push({ name: `wasm ${preset} same bits`, value: same, unit: '', bar: 1 })
    }
  } finally {
    await chromium.close()
  }
  return results
}

async function measureWorld(world: string, preset: MeasuredPreset, measure: (given: Case) => Promise<Measured>) {
  const results: BenchResult[] = []
  let baseline: number | undefined
  let digest = ''
  for (const engine of engines) {
    const name = `${world} ${engine} ${preset}`
    process.stderr.write(`${name}\n`)
    const measured = await measure({ preset, engine })
    const figure = (name: string, value: number, unit: string, more: Partial<BenchResult> = {}): BenchResult => {
      const bar = bars[name]
      return { name, value: rounded(value), unit, ...more, ...(bar !== undefined && { bar }) }
    }
    results.push(
      figure(name, measured.ms, 'ms', baseline === undefined ? {} : { baseline: rounded(baseline) }),
      figure(`${name} best`, measured.bestMs, 'ms'),
      figure(`${name} rate`, flopsOf(preset) / measured.ms / 1e6, 'GFLOP/s'),
      figure(`${name} training`, measured.trainingMs, 'ms'),
    )
    if (baseline !== undefined) results.push(figure(`${name} speedup`, baseline / measured.ms, '×'))
    if (measured.ceiling !== undefined) results.push(figure(`${name} ceiling`, measured.ceiling, 'GFLOP/s'))
    if (measured.growth !== undefined) results.push(figure(`${name} growth`, measured.growth / 1e6, 'MB'))
    baseline ??= measured.ms
    digest = measured.digest
  }
  return { results, digest }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

const nodeCase = fileURLToPath(new URL('train/node-case.ts', import.meta.url))

async function measureInNode(given: Case): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', nodeCase, JSON.stringify(given)])
  return JSON.parse(stdout)
}
