/** The simulator in a browser tab: the same scenario and seed give the same transcript as in Node. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ScenarioInput, scenarioSchema, simulate } from '../../simulator/index.ts'
import { launchChromium } from './browser.ts'
import type { SimulatorPage } from './simulator-tab/page.ts'

declare const simulatorPage: SimulatorPage

const root = fileURLToPath(new URL('./simulator-tab/', import.meta.url))
let outDir: string
let server: PreviewServer
let browser: Browser
let page: Page

beforeAll(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'zen-simulator-'))
  const shared = { configFile: false, root, logLevel: 'error', publicDir: false } as const
  await build({ ...shared, worker: { format: 'es' }, build: { outDir, emptyOutDir: true, target: 'es2024' } })
  server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  const address = server.httpServer.address()
  if (address === null || typeof address !== 'object') throw new Error('the server has no port')
  browser = await launchChromium()
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${address.port}/`)
})

afterAll(async () => {
  await browser?.close()
  await server?.close()
  await rm(outDir, { recursive: true, force: true })
})

const devices = { name: 'devices', count: 4, msPerStep: { median: 40 } }
const scenarios: Record<string, ScenarioInput> = {
  'devices that come, go and lie': {
    untilSeconds: 30,
    network: { jitterMs: 20, lossRate: 0.02 },
    population: [devices, { name: 'visitors', count: 3, stay: { kind: 'exponential', meanSeconds: 10 } }],
    attacks: [{ attack: 'gaussian', share: 0.2 }],
    faults: [{ kind: 'partition', atSeconds: 12, forSeconds: 6, who: 'devices', share: 0.5 }],
  },
  'devices that really train': {
    untilSeconds: 15,
    population: [{ ...devices, count: 2 }],
    data: { learning: { kind: 'handwriting' } },
    task: { training: { localSteps: 20, learningRate: 0.1, momentum: 0.5, batchSize: 16 } },
  },
}

describe('a scenario in a worker of a tab', () => {
  it.each(Object.entries(scenarios))('has the transcript that it has in Node: %s', async (_, scenario) => {
    const { hash, summary } = await simulate({ scenario: scenarioSchema.parse(scenario), seed: 3 })
    const there = await page.evaluate((request) => simulatorPage.play(request), { scenario, seed: 3 })
    expect(summary.rounds).toBeGreaterThan(0)
    expect(there).toEqual({ hash, rounds: summary.rounds })
  })
})
