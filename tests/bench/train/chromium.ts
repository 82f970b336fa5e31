/**
 * Cases in Chromium, each on a page of its own, bundled as the site is and served on loopback.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, preview } from 'vite'
import { launchChromium } from '../../e2e/browser.ts'

/** What a page sets as its global `benchPage`. */
export interface BenchPage<Given, Measured> {
  measure(given: Given): Promise<Measured>
}

export interface ChromiumBench<Given, Measured> extends BenchPage<Given, Measured> {
  close(): Promise<void>
}

/** @param folder - of the page: its `index.html` */
export async function openChromium<Given, Measured>(folder: URL): Promise<ChromiumBench<Given, Measured>> {
  const outDir = await mkdtemp(join(tmpdir(), 'zen-bench-'))
  const shared = { configFile: false, root: fileURLToPath(folder), logLevel: 'error', publicDir: false } as const
  await build({
    ...shared,
    worker: { format: 'es' },
    build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, chunkSizeWarningLimit: 2_000 },
  })
  // Isolated from other origins, a page may ask how much memory it holds, and its clock ticks every 5 µs.
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0, headers } })
  const address = server.httpServer.address()
  if (address === null || typeof address !== 'object') throw new Error('the bench server has no port')
  const url = `http://127.0.0.1:${address.port}/`
  // Memory is measured at once, after a collection of garbage, in the place of at the next one.
  const browser = await launchChromium(['--enable-blink-features=ForceEagerMeasureMemory'])
  return {
    async measure(given) {
      const context = await browser.newContext()
      try {
        const page = await context.newPage()
        await page.goto(url)
        const answer = await page.evaluate(
          (text) =>
            (globalThis as unknown as { benchPage: BenchPage<unknown, unknown> }).benchPage.measure(JSON.parse(text)),
          JSON.stringify(given),
        )
        return answer as Measured
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
