/**
 * Cases in a dedicated worker of Chromium, each in a renderer process of its own, so that its peak of memory is its own.
 * @module
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, preview } from 'vite'
import type { Digest } from '../../aggregation/wasm/digest.ts'
import type { Case, Measured } from './cases.ts'
import type { BenchPage } from './page.ts'

declare const benchPage: BenchPage

const here = fileURLToPath(new URL('.', import.meta.url))
const launchArguments = [
  '--headless=new',
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface ChromiumBench {
  /** `megabytes`: peak resident memory of the renderer process, all of Chromium's own in it; absent where Linux does not tell */
  measure(given: Case): Promise<Measured & { readonly megabytes?: number }>
  digest(seed: string): Promise<Digest>
  close(): Promise<void>
}

export async function openChromium(): Promise<ChromiumBench> {
  const outDir = await mkdtemp(join(tmpdir(), 'zen-bench-'))
  const shared = { configFile: false, root: here, logLevel: 'error', publicDir: false } as const
  await build({ ...shared, worker: { format: 'es' }, build: { outDir, emptyOutDir: true, target: 'es2023' } })
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  const address = server.httpServer.address()
  if (address === null || typeof address !== 'object') throw new Error('the bench server has no port')
  const browser = await chromium.launch({
    executablePath: process.env.ZEN_CHROMIUM ?? '/usr/bin/chromium',
    args: launchArguments,
  })
  const url = `http://127.0.0.1:${address.port}/`
  return {
    measure: (given) =>
      onPage(browser, url, async (page) => {
        const measured = await page.evaluate((given) => benchPage.measure(given), given)
        return { ...measured, megabytes: await peakOfRenderers(browser) }
      }),
    digest: (seed) => onPage(browser, url, (page) => page.evaluate((seed) => benchPage.digest(seed), seed)),
    async close() {
      await browser.close()
      await server.close()
      await rm(outDir, { recursive: true })
    },
  }
}

/** A context of its own gets a renderer process of its own. */
async function onPage<Result>(browser: Browser, url: string, use: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    return await use(page)
  } finally {
    await context.close()
  }
}

/** The largest peak of the renderers that are there: the one that measured. */
async function peakOfRenderers(browser: Browser): Promise<number | undefined> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  const peaks = await Promise.all(processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => peakOf(id)))
  const known = peaks.filter((peak) => peak !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

async function peakOf(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024
}
