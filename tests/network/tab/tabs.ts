/** Builds the test page, serves it on loopback, and opens it in Chromium, each tab with a profile of its own. @module */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import type { tab } from './page.ts'

export type TabApi = typeof tab
type Answer<K extends keyof TabApi> = Awaited<ReturnType<TabApi[K]>>

export interface Tab {
  call<K extends keyof TabApi>(name: K, ...parameters: Parameters<TabApi[K]>): Promise<Answer<K>>
  close(): Promise<void>
}

export interface Tabs {
  /** what no code of a page caught */
  readonly errors: readonly string[]
  open(): Promise<Tab>
  close(): Promise<void>
}

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' }

export async function openTabs(): Promise<Tabs> {
  const root = fileURLToPath(new URL('.', import.meta.url))
  const outDir = await mkdtemp(join(tmpdir(), 'zen-tab-'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true, minify: false, target: 'es2024' },
  })
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    try {
      const file = await readFile(join(outDir, path === '/' ? 'index.html' : path))
      response
        .writeHead(200, { 'content-type': types[extname(path) || '.html'] ?? 'application/octet-stream' })
        .end(file)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  const errors: string[] = []
  return {
    errors,
    async open() {
      const context = await browser.newContext()
      const page: Page = await context.newPage()
      page.on('pageerror', (error) => void errors.push(error.message))
      await page.goto(origin)
      return {
        call: (name, ...parameters) =>
          page.evaluate(
            ([method, given]) =>
              (globalThis as unknown as { tab: Record<string, (...all: unknown[]) => unknown> }).tab[method]?.(
                ...given,
              ),
            [name, parameters] as const,
          ) as never,
        close: () => page.close({ runBeforeUnload: false }),
      }
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
      await rm(outDir, { recursive: true, force: true })
    },
  }
}
