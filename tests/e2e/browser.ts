/** The system's Chromium, and tabs that take part as a person would: by pressing the button. */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import type { Connection, Peer, Snapshot } from '../../peer-core/index.ts'

declare global {
  var zenMesh: { peer(): Peer | undefined }
}

const executablePath = [
  process.env.ZEN_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path))

/** @param more - arguments besides those that every test takes */
export function launchChromium(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
  })
}

export interface Tab {
  readonly page: Page
  /** What the page logged as an error. */
  readonly errors: readonly string[]
  snapshot(): Promise<Snapshot>
  connections(): Promise<Connection[]>
  /** Polls the peer's state until it fits. */
  until(what: string, fits: (snapshot: Snapshot) => boolean, ms: number): Promise<Snapshot>
}

/** A tab with a profile of its own. It has opened the page, and done nothing yet. */
export async function openTab(browser: Browser, url: string): Promise<Tab> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(url)
  const snapshot = () =>
    page.evaluate(() => {
      const found = globalThis.zenMesh.peer()?.snapshot()
      if (found === undefined) throw new Error('the tab takes no part')
      return found
    })
  return {
    page,
    errors,
    snapshot,
    connections: () => page.evaluate(() => globalThis.zenMesh.peer()?.connections() ?? []),
    async until(what, fits, ms) {
      const end = Date.now() + ms
      for (;;) {
        const seen = await snapshot()
        if (fits(seen)) return seen
        if (Date.now() > end) {
          const { spec: _, rounds, ...task } = seen.tasks[0] ?? ({} as Partial<Snapshot['tasks'][number]>)
          throw new Error(`${what}: not within ${ms} ms: ${JSON.stringify({ task, last: rounds?.at(-1) })}`)
        }
        await page.waitForTimeout(200)
      }
    },
  }
}

/** Presses what a person presses, and waits until the tab takes part. */
export async function contribute({ page }: Pick<Tab, 'page'>): Promise<void> {
  await page.getByRole('button', { name: 'Contribute' }).click()
  await page.waitForFunction(() => globalThis.zenMesh?.peer() !== undefined, undefined, { timeout: 30_000 })
}
