/**
 * Inference in time: an image at a time in a tab of Chromium, on the page's thread, while a worker of the page trains the same
 * kind of model without a pause. `MODEL p50`, `p95`, `p99` are of inputs that were never seen, `… remembered` of those that
 * were; `training steps` says that the worker was busy.
 */

import { quantile } from '../quantile.ts'
import type { InferCase, InferMeasured } from './infer/cases.ts'
import type { BenchResult } from './result.ts'
import { openChromium } from './train/chromium.ts'

const answers = 1_000
/** milliseconds: the mission's target for an edge, and a fifteenth of a frame */
const bars: Readonly<Record<string, number>> = { 'cnn p50': 1, 'cnn p99': 10 }

export async function run(): Promise<BenchResult[]> {
  const chromium = await openChromium<InferCase, InferMeasured>(new URL('infer/', import.meta.url))
  try {
    const results: BenchResult[] = []
    for (const preset of ['mlp', 'cnn'] as const) {
      const { fresh, remembered, steps } = await chromium.measure({ preset, answers })
      for (const percent of [50, 95, 99]) {
        const name = `${preset} p${percent}`
        const bar = bars[name]
        results.push(
          { name, value: rounded(quantile(fresh, percent / 100)), unit: 'ms', ...(bar !== undefined && { bar }) },
          { name: `${name} remembered`, value: rounded(quantile(remembered, percent / 100)), unit: 'ms' },
        )
      }
      results.push({ name: `${preset} training steps`, value: steps, unit: '' })
    }
    return results
  } finally {
    await chromium.close()
  }
}

const rounded = (ms: number) => Number(ms.toFixed(3))
