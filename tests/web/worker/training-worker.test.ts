import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classifierCases, trainerCases } from '../../../peer-core/testing/trainer-compliance.ts'
import type { GpuFault, TrainingPage, Where } from './training-page.ts'

declare const trainingPage: TrainingPage

let server: Server
let browser: Browser
let page: Page
/** Paths that the page asked for. */
const asked = new Set<string>()

beforeAll(async () => {
  const files = await bundle()
  server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname
    asked.add(path)
    const [type, body] = path === '/' ? ['text/html', html] : [typeOf(path), files.get(path)]
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  browser = await chromium.launch({
    executablePath: process.env.ZEN_CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--no-first-run',
      '--disable-background-networking',
      // WebGPU in software: right, and slow.
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
    ],
  })
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
})

afterAll(async () => {
  await browser?.close()
  server?.closeAllConnections()
  server?.close()
})

const details: Record<Where, RegExp> = {
  'our WebAssembly in the worker': /^Zen Mesh kernels/,
  'WebGPU in the worker': /WebGPU/,
  'TF.js on WebAssembly': /^TensorFlow.js .* WebAssembly with SIMD/,
}

// Software computes these few in seconds, and all of them in minutes. They touch most kernels.
const onSoftwareGpu = [
  'gives the weights after minus those before: two steps are one, then another with its momentum',
  'goes against the gradient: convolutions whose stride does not divide',
  'goes against the gradient: residual blocks with group norm',
  'goes against the gradient: attention within a residual block',
  'stops between two steps when it is cancelled, tells nothing more, and can go on',
  'rejects what runs and what comes when it is closed',
  'predicts what it is scored by',
]

for (const where of Object.keys(details) as Where[]) {
  describe(`${where}, in Chromium`, () => {
    for (const [index, { name }] of [...trainerCases, ...classifierCases].entries()) {
      if (where === 'WebGPU in the worker' && !onSoftwareGpu.includes(name)) continue
      it(name, async () => {
        const detail = await page.evaluate(({ where, index }) => trainingPage.runCase(where, index), { where, index })
        expect(detail).toMatch(details[where])
      })
    }
  })
}

describe('WebGPU, in Chromium', () => {
  it.each<[GpuFault, RegExp]>([
    ['its driver takes it away', /^the webgpu engine stopped: .*lost/],
    ['it has no room for a buffer', /^the webgpu engine stopped: (out of memory|refused): /],
  ])('is lost when %s, in the place of giving zeros', async (what, failure) => {
    expect(await page.evaluate((what) => trainingPage.trainThrough(what), what)).toMatch(failure)
  })
})

describe('createWorkerTrainer', () => {
  it('measures the engines and takes the faster, from files of its own origin', async () => {
    const { engine, trials } = await page.evaluate(() => trainingPage.choose())
    expect(trials.map(({ name }) => name)).toEqual(['wasm', 'webgpu'])
    expect(engine.name).toBe('wasm')
    expect(engine.msPerStep).toBeGreaterThan(0)
    expect([...asked].some((path) => path.endsWith('.wasm'))).toBe(true)
  })
})

const html = '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'

function typeOf(path: string): string {
  return path.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
}

/** @returns files by path */
async function bundle(): Promise<Map<string, string | Uint8Array>> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      // As it is served: names of classes do not survive.
      minify: true,
      target: 'es2023',
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: fileURLToPath(new URL('training-page.ts', import.meta.url)),
        output: { entryFileNames: 'page.js' },
      },
    },
    worker: { format: 'es' },
  })
  const outputs = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  return new Map(outputs.map((part) => [`/${part.fileName}`, part.type === 'chunk' ? part.code : part.source]))
}
