/**
 * Cases in a dedicated worker of Chromium, each on a page of its own, bundled as the site is and served on loopback.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { launchChromium } from '../../e2e/browser.ts'
import type { Case, Measured } from './cases.ts'
import type { BenchPage } from './page.ts'

declare const benchPage: BenchPage

const here = fileURLToPath(new URL('.', import.meta.url))

export interface ChromiumBench {
  measure(given: Case): Promise<Measured>
  close(): Promise<void>
}

export async function openChromium(): Promise<ChromiumBench> {
  const outDir = await mkdtemp(join(tmpdir(), 'zen-bench-'))
  const shared = { configFile: false, root: here, logLevel: 'error', publicDir: false } as const
  await build({
    ...shared,
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 2_000 },
  })
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  const address = server.httpServer.address()
  if (address === null || typeof address !== 'object') throw new Error('the bench server has no port')
  const url = `http://127.0.0.1:${address.port}/`
  const browser = await launchChromium()
  return {
    async measure(given) {
      const context = await browser.newContext()
      try {
        const page = await context.newPage()
        await page.goto(url)
        return await page.evaluate((given) => benchPage.measure(given), given)
      } finally {
        await context.close()
      }
    },
    async close() {
      await browser.close()
      await server.close()
      await rm(outDir, { recursive: true })
    },
  }
}
