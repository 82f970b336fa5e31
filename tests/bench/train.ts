/**
 * Training in time: one step of 32 images of 28 × 28 on one thread, in Node and in a dedicated worker of Chromium, our `wasm`
 * engine with TF.js on `wasm` and on `cpu` beside it in the same run.
 *
 * Names: `WORLD ENGINE MODEL` is the median of a step in ms, its `baseline` that of `tfjs-cpu`; `… best` the quickest
 * sample, which tells more on a busy machine; `… rate` the median in GFLOP/s as a textbook counts a step; `… training` a step of `Trainer.train`, which makes batches and can be cancelled;
 * `wasm MODEL same bits` is 1 where Node and Chromium came to the same weights to the bit.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { PresetName } from '../../peer-core/learning/index.ts'
import type { BenchResult } from './result.ts'
import { type Case, type EngineCase, flopsOf, type Measured } from './train/cases.ts'
import { openChromium } from './train/chromium.ts'

const presets: readonly PresetName[] = ['mlp', 'cnn']
const engines: readonly EngineCase[] = ['tfjs-cpu', 'tfjs-wasm', 'wasm']

/** Twice what PyTorch took on one thread. */
const bars: Readonly<Record<string, number>> = { 'chromium wasm mlp': 0.5, 'chromium wasm cnn': 6 }

export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  const chromium = await openChromium()
  try {
    for (const preset of presets) {
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

async function measureWorld(world: string, preset: PresetName, measure: (given: Case) => Promise<Measured>) {
  const results: BenchResult[] = []
  let baseline: number | undefined
  let digest = ''
  for (const engine of engines) {
    const name = `${world} ${engine} ${preset}`
    process.stderr.write(`${name}\n`)
    const measured = await measure({ preset, engine })
    const bar = bars[name]
    results.push(
      {
        name,
        value: rounded(measured.ms),
        unit: 'ms',
        ...(baseline !== undefined && { baseline: rounded(baseline) }),
        ...(bar !== undefined && { bar }),
      },
      { name: `${name} best`, value: rounded(measured.bestMs), unit: 'ms' },
      { name: `${name} rate`, value: rounded(flopsOf(preset) / measured.ms / 1e6), unit: 'GFLOP/s' },
      { name: `${name} training`, value: rounded(measured.trainingMs), unit: 'ms' },
    )
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
  const { stdout } = await promisify(execFile)(process.execPath, [nodeCase, JSON.stringify(given)])
  return JSON.parse(stdout)
}
